/** RFC 3665 §2: the registration flows, message by message, against the edge and its registrar. UDP stands in for the TLS of the flows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipResponse } from '@ringdown/sip';
import { scene } from '../edge-scene.test.ts';

const aor = '<sip:100@a.test>';
const phone = 'sip:100@192.0.2.10';
const other = 'sip:100@desk.a.test';

const contactsOf = (response: SipResponse): (readonly [string, string | undefined])[] =>
  response.contacts().map(({ uriText, params }) => [uriText, params.get('expires')]);

test('RFC 3665 §2.1: successful new registration: challenged, then taken', async () => {
  const { ada, network, registrar, tenant } = await scene();
  const response = ada.register();
  assert.deepEqual(network.trace.flow(), [
    '192.0.2.10>edge REGISTER',
    'edge>192.0.2.10 401',
    '192.0.2.10>edge REGISTER',
    'edge>192.0.2.10 200',
  ]);
  assert.deepEqual(contactsOf(response), [[phone, '600']]);
  assert.deepEqual(
    registrar.lookup(tenant, '100@a.test').map(({ contact }) => contact),
    [phone],
  );
});

test('RFC 3665 §2.2: update of the contact list: another contact joins the one there is', async () => {
  const { ada, clock } = await scene();
  ada.register();
  clock.advance(100_000);
  const response = ada.register([['Contact', `<${other}>;expires=300`]]);
  assert.deepEqual(contactsOf(response).sort(), [
    [phone, '500'],
    [other, '300'],
  ]);
});

test('RFC 3665 §2.3: request for the current contact list changes nothing', async () => {
  const { ada, clock } = await scene();
  ada.register();
  clock.advance(200_000);
  const ask = () => contactsOf(ada.ask({ method: 'REGISTER', from: aor, to: aor }));
  assert.deepEqual(ask(), [[phone, '400']]);
  assert.deepEqual(ask(), [[phone, '400']]);
  clock.advance(400_000);
  assert.deepEqual(ask(), []);
});

test('RFC 3665 §2.4: cancellation of the registration: every contact goes', async () => {
  const { ada, registrar, tenant } = await scene();
  ada.register();
  ada.register([['Contact', `<${other}>`]]);
  const response = ada.register([
    ['Contact', '*'],
    ['Expires', '0'],
  ]);
  assert.deepEqual([response.status, contactsOf(response)], [200, []]);
  assert.deepEqual(registrar.lookup(tenant, '100@a.test'), []);
});

test('RFC 3665 §2.5: unsuccessful registration: a wrong password is challenged again and registers nothing', async () => {
  const { peer, one, network, registrar, tenant } = await scene();
  const liar = peer('192.0.2.66', one.username, 'not the password');
  const response = liar.register();
  assert.equal(response.status, 401);
  assert.notEqual(response.header('WWW-Authenticate'), undefined);
  assert.deepEqual(network.trace.flow(), [
    '192.0.2.66>edge REGISTER',
    'edge>192.0.2.66 401',
    '192.0.2.66>edge REGISTER',
    'edge>192.0.2.66 401',
  ]);
  assert.deepEqual(registrar.lookup(tenant, '100@a.test'), []);
});
