/** Presence at the server (RFC 3856, RFC 3903): published, registered, in a call, and what watchers see of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, formatPidf, type Pidf, parsePidf } from '@ringdown/sip';
import type { CallId, LegId } from '#base/ids';
import type { CallState, LegPhase } from '#engine/calls';
import { scene } from '../edge-scene.test.ts';
import { composePresence } from './compose-presence.ts';

const tuple = (id: string, basic: 'open' | 'closed', note = '') => ({ id, basic, notes: note === '' ? [] : [note] });
const published = (...tuples: Pidf['tuples']): Pidf => ({ entity: 'sip:101@a.test', tuples });
const basics = (pidf: Pidf) =>
  pidf.tuples.map(({ id, basic, notes }) => `${id} ${basic} ${notes?.join() ?? ''}`.trim());

test('RFC 3856 §6.8: what is published counts; without it, whether a phone is registered', () => {
  const known = { aor: '101@a.test', isRegistered: true, isTalking: false, published: [] };
  assert.deepEqual(basics(composePresence(known)), ['ringdown open']);
  assert.deepEqual(basics(composePresence({ ...known, isRegistered: false })), ['ringdown closed']);
  const both = [published(tuple('a', 'open', 'Lunch')), published(tuple('a', 'closed'))];
  assert.deepEqual(basics(composePresence({ ...known, published: both })), ['p1-a open Lunch', 'p2-a closed']);
  const talking = composePresence({ ...known, isTalking: true, published: both });
  assert.deepEqual(basics(talking), ['ringdown open On the phone', 'p1-a open Lunch', 'p2-a closed']);
  assert.match(new TextDecoder().decode(formatPidf(talking)), /<activities xmlns="[^"]*rpid"><on-the-phone\/>/);
});

async function watched() {
  const made = await scene();
  const seen: string[] = [];
  made.ada.onOther = (transaction) => {
    const pidf = parsePidf(transaction.request.body) ?? assert.fail();
    seen.push(basics(pidf).join('; '));
    transaction.respond(buildResponse(transaction.request, 200));
  };
  const headers = [['Contact', '<sip:100@192.0.2.10>'] as const, ['Event', 'presence'] as const];
  assert.equal(made.ada.ask({ method: 'SUBSCRIBE', uri: 'sip:101@a.test', headers }).status, 200);
  const publish = (document: Pidf | null, more: readonly (readonly [string, string])[] = [], uri = 'sip:101@a.test') =>
    made.bob.ask({
      method: 'PUBLISH',
      uri,
      headers: [['Event', 'presence'], ...more],
      ...(document === null ? {} : { body: { type: 'application/pidf+xml', bytes: formatPidf(document) } }),
    });
  const pause = () => made.clock.advance(6_000);
  return { ...made, seen, publish, pause };
}

test('RFC 3903: a watcher sees what a phone publishes, changes and takes back', async () => {
  const { seen, publish, pause } = await watched();
  const first = publish(published(tuple('t', 'open', 'Here')));
  assert.equal(first.status, 200);
  pause();
  const second = publish(published(tuple('t', 'closed', 'Away')), [['SIP-If-Match', first.header('SIP-ETag') ?? '']]);
  pause();
  assert.equal(publish(null, [['SIP-If-Match', first.header('SIP-ETag') ?? '']]).status, 412, 'the tag of before');
  const last = publish(null, [
    ['SIP-If-Match', second.header('SIP-ETag') ?? ''],
    ['Expires', '0'],
  ]);
  assert.equal(last.status, 200);
  pause();
  assert.deepEqual(seen, ['ringdown closed', 'p1-t open Here', 'p1-t closed Away', 'ringdown closed']);
});

test('RFC 3903 §6: nobody publishes for somebody else, nor what is no presence document', async () => {
  const { publish, bob, seen } = await watched();
  assert.equal(publish(published(tuple('t', 'open')), [], 'sip:100@a.test').status, 403);
  const body = { type: 'application/pidf+xml', bytes: new TextEncoder().encode('<!DOCTYPE x><presence/>') };
  const headers = [['Event', 'presence'] as const];
  assert.equal(bob.ask({ method: 'PUBLISH', uri: 'sip:101@a.test', headers, body }).status, 400);
  assert.equal(bob.ask({ method: 'PUBLISH', uri: 'sip:101@a.test', headers, body }, false).status, 401);
  assert.equal(seen.length, 1);
});

test('registration and calls show, and a call that only rings does not', async () => {
  const { bob, seen, pause, presence, tenant } = await watched();
  bob.register();
  pause();
  const ring = (phase: LegPhase) => {
    const destination = { kind: 'binding', aor: '101@a.test' };
    const legs = [{ legId: 'leg_2' as LegId, phase, destination, role: 'callee' }];
    const parts = { callId: 'call_1' as CallId, tenantId: tenant, origin: { kind: 'trunk' }, legs };
    presence.lamps.callsChanged([{ ...parts, joinedLegId: null, handover: null } as unknown as CallState]);
    pause();
  };
  ring('ringing');
  ring('up');
  ring('ended');
  assert.deepEqual(seen, ['ringdown closed', 'ringdown open', 'ringdown open On the phone', 'ringdown open']);
});
