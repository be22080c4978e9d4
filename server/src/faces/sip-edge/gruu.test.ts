/** RFC 5627, RFC 3841, RFC 3608 and third-party registration at the server's edge. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncomingCall } from '#engine/calls';
import { type Peer, type Scene, scene } from './edge-scene.test.ts';

const instanceOf = (n: number) => `"<urn:uuid:00000000-0000-1000-8000-00000000000${n}>"`;

/** A phone of Ada's with an instance of its own. */
function register(peer: Peer, n: number, more: { readonly capabilities?: string; readonly callId?: string } = {}) {
  const contact = `<sip:${peer.user}@${peer.host.name}>;+sip.instance=${instanceOf(n)}${more.capabilities ?? ''}`;
  const response = peer.register([
    ['Contact', contact],
    ['Supported', 'gruu'],
  ]);
  assert.equal(response.status, 200);
  const own = response.contacts().find(({ uriText }) => uriText.includes(peer.host.name));
  return { open: own?.params.get('pub-gruu') ?? '', hidden: own?.params.get('temp-gruu') ?? '' };
}

/** Contacts of the devices that a call would ring, group after group. */
function rung(made: Scene, call: IncomingCall | undefined): string[][] | string {
  assert.ok(call);
  const plan = made.calling.decide(call);
  if (plan.kind === 'refuse') return plan.cause.code;
  assert.ok(plan.kind === 'dial');
  return plan.steps.map(({ targets }) =>
    targets.map(({ destination }) => (destination.kind === 'binding' ? destination.contactUri : '')),
  );
}

/** Bob calls that URI. */
function asked(made: Scene, uri: string, headers: [string, string][] = []) {
  made.bob.call('100', { uri, headers });
  made.clock.advance(100);
  return rung(made, made.incoming.at(-1));
}

async function twoPhones() {
  const made = await scene();
  const desk = made.peer('192.0.2.20', made.one.username, made.one.password);
  return { ...made, desk };
}

test('RFC 5627 §5.4: who understands GRUUs gets a public and a temporary one, who does not gets none', async () => {
  const { ada } = await scene();
  const { open, hidden } = register(ada, 1);
  assert.equal(open, 'sip:100@a.test;gr=urn:uuid:00000000-0000-1000-8000-000000000001');
  assert.match(hidden, /^sip:tgruu\.[A-Za-z0-9._-]+@a\.test;gr$/);
  const plain = ada.register([['Contact', `<sip:100@192.0.2.10>;+sip.instance=${instanceOf(1)}`]]);
  assert.equal(plain.contacts()[0]?.params.get('pub-gruu'), undefined);
});

test('RFC 5627 §5.1: a call to a GRUU rings that device alone, public or temporary', async () => {
  const made = await twoPhones();
  const { open, hidden } = register(made.ada, 1);
  register(made.desk, 2);
  assert.deepEqual(asked(made, 'sip:100@a.test'), [['sip:100@192.0.2.20', 'sip:100@192.0.2.10']]);
  assert.deepEqual(asked(made, open), [['sip:100@192.0.2.10']]);
  assert.deepEqual(asked(made, hidden), [['sip:100@192.0.2.10']]);
});

test('RFC 5627 §5.4.2: temporary GRUUs of one registration all count, also after a restart; another Call-ID ends them', async () => {
  const made = await twoPhones();
  const first = register(made.ada, 1);
  register(made.desk, 2);
  made.restart();
  assert.deepEqual(asked(made, first.hidden), [['sip:100@192.0.2.10']]);
  const second = register(made.ada, 1);
  assert.notEqual(second.hidden, first.hidden);
  assert.equal(asked(made, first.hidden), 'not-registered', 'that registration is over: Peer takes a new Call-ID');
  assert.deepEqual(asked(made, second.hidden), [['sip:100@192.0.2.10']]);
});

test('RFC 5627 §5.1: a device that is not registered is not there, and a temporary GRUU that we did not write is nobody', async () => {
  const made = await twoPhones();
  const { open, hidden } = register(made.ada, 1);
  assert.equal(asked(made, open.replace('000000000001', '000000000009')), 'not-registered');
  const forged = hidden.replace(/.@/, (end) => (end === 'A@' ? 'B@' : 'A@'));
  assert.equal(asked(made, forged), 'not-found');
});

test('RFC 3841 §7.2: Reject-Contact and Accept-Contact choose among the devices, Request-Disposition says how they ring', async () => {
  const made = await twoPhones();
  register(made.ada, 1, { capabilities: ';audio;video' });
  register(made.desk, 2, { capabilities: ';audio;mobility="fixed"' });
  const [ada, desk] = ['sip:100@192.0.2.10', 'sip:100@192.0.2.20'];
  const uri = 'sip:100@a.test';
  assert.deepEqual(asked(made, uri, [['Reject-Contact', '*;mobility="fixed"']]), [[ada]]);
  assert.deepEqual(asked(made, uri, [['Accept-Contact', '*;video;require;explicit']]), [[ada]]);
  assert.deepEqual(asked(made, uri, [['a', '*;mobility="fixed"']]), [[desk], [ada]], 'the wished one first');
  assert.deepEqual(asked(made, uri, [['Request-Disposition', 'sequential']]), [[desk], [ada]]);
  assert.deepEqual(asked(made, uri, [['Request-Disposition', 'no-fork']]), [[desk]]);
  assert.equal(asked(made, uri, [['Reject-Contact', '*;audio']]), 'not-registered');
});

test('RFC 3840 §6: what a contact can is kept, and given back', async () => {
  const { ada, registrar, tenant } = await scene();
  const response = ada.register([['Contact', '<sip:100@192.0.2.10>;audio;+org.x="<y>";expires=300']]);
  assert.equal(response.contacts()[0]?.params.get('+org.x'), '<y>');
  assert.equal(registrar.lookup(tenant, '100@a.test')[0]?.capabilities, ';audio;+org.x="<y>"');
});

test('RFC 3608 §6.3: the service route of the settings stands in each 200', async () => {
  const routes = ['<sip:edge.a.test;lr>', '<sip:home.a.test;lr>'];
  const { ada } = await scene({ serviceRoute: routes });
  assert.deepEqual(ada.register().headers('Service-Route'), routes);
});

test('RFC 3261 §10.2: third-party registration: only by right, and by somebody who says who it is', async () => {
  const { ada, directory, actor, one, registrar, tenant } = await scene();
  const forBob = { to: '<sip:101@a.test>' };
  assert.deepEqual([ada.register([], forBob).status, ada.register([], forBob).reason], [403, 'Not Your Address']);
  assert.equal(ada.register([], { from: '<sip:101@a.test>' }).reason, 'From Is Not Yours');
  await directory.updateDevice(actor, { device: one.device, registersOthers: true });
  assert.equal(ada.register([], forBob).status, 200);
  assert.equal(registrar.lookup(tenant, '101@a.test')[0]?.contact, 'sip:100@192.0.2.10');
  assert.equal(ada.register([], { ...forBob, from: '<sip:101@a.test>' }).status, 403, 'under its own name only');
  assert.equal(ada.register([], { to: '<sip:999@a.test>' }).status, 403, 'nobody has that address');
});
