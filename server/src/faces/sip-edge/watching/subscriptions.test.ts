/** SUBSCRIBE at the server (RFC 6665, RFC 4235, RFC 3680, RFC 3842): who may watch whom, what is shown, what survives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildResponse,
  DialogInfoFold,
  parseDialogInfo,
  parseMessageSummary,
  parseReginfo,
  ReginfoFold,
  type SipRequest,
} from '@ringdown/sip';
import type { CallId, LegId } from '#base/ids';
import type { CallState, LegPhase } from '#engine/calls';
import { type Asked, type Peer, scene } from '../edge-scene.test.ts';

/** Ada watches; `calls` is what the engine has. */
async function watching() {
  const calls: CallState[] = [];
  const made = await scene({ calls: () => calls });
  const notifies: SipRequest[] = [];
  const listen = (peer: Peer, status = 200) => {
    peer.onOther = (transaction) => {
      if (transaction.method === 'NOTIFY') notifies.push(transaction.request);
      transaction.respond(buildResponse(transaction.request, status));
    };
  };
  listen(made.ada);
  listen(made.bob);
  const subscribe = (event: string, more: Asked = {}, peer: Peer = made.ada) =>
    peer.ask({
      method: 'SUBSCRIBE',
      uri: 'sip:101@a.test',
      ...more,
      headers: [['Contact', `<sip:${peer.user}@${peer.host.name}>`], ['Event', event], ...(more.headers ?? [])],
    });
  /** Bob's phone is called by somebody, and goes so far. */
  const ring = (phase: LegPhase) => {
    const destination = { kind: 'binding', aor: '101@a.test', contactUri: '', path: [], flow: '' };
    const party = { user: '100', host: 'a.test', displayName: 'Ada' };
    const leg = { legId: 'leg_2' as LegId, phase, destination, role: 'callee', party };
    const call = {
      callId: 'call_1' as CallId,
      tenantId: made.tenant,
      origin: { kind: 'trunk' },
      legs: [leg],
      from: party,
      to: party,
      joinedLegId: null,
      handover: null,
    };
    calls.splice(0, calls.length, call as unknown as CallState);
    made.presence.lamps.callsChanged(calls);
    made.clock.advance(1_500);
  };
  return { ...made, notifies, subscribe, ring, listen };
}

const dialogsIn = (request: SipRequest | undefined) =>
  parseDialogInfo(request?.body ?? new Uint8Array()) ?? assert.fail();

test('RFC 4235: a lamp goes on and off with the calls of another user of the tenant', async () => {
  const { subscribe, notifies, ring } = await watching();
  const answer = subscribe('dialog', { headers: [['Expires', '600']] });
  assert.deepEqual([answer.status, answer.header('Expires')], [200, '600']);
  for (const phase of ['dialing', 'ringing', 'up', 'ended'] as const) ring(phase);
  const fold = new DialogInfoFold();
  const seen = notifies.map((request) => {
    const info = dialogsIn(request);
    assert.equal(fold.take(info), 'taken');
    return `${info.version} ${info.isFull ? 'full' : 'partial'} ${info.dialogs.map(({ phase }) => phase).join()} ${fold.isBusy}`;
  });
  assert.deepEqual(seen, [
    '0 full  false',
    '1 partial early true',
    '2 partial confirmed true',
    '3 partial terminated false',
  ]);
  const { entity, dialogs } = dialogsIn(notifies[1]);
  assert.equal(entity, 'sip:101@a.test');
  assert.deepEqual(
    [dialogs[0]?.direction, dialogs[0]?.remote?.identity, dialogs[0]?.remote?.display],
    ['recipient', 'sip:100@a.test', 'Ada'],
  );
  assert.match(notifies[0]?.header('Subscription-State') ?? '', /^active;expires=600$/);
});

test('RFC 6665 §4.4.3: who fetches once sees the call that is up, and leaves nothing behind', async () => {
  const { subscribe, notifies, ring, edge, presence, clock } = await watching();
  ring('up');
  assert.equal(subscribe('dialog', { headers: [['Expires', '0']] }).status, 200);
  assert.deepEqual(
    dialogsIn(notifies[0]).dialogs.map(({ phase }) => phase),
    ['confirmed'],
  );
  clock.advance(100);
  assert.equal(edge.subscriptions.count, 0);
  assert.equal(presence.lamps.isWatched, false);
});

test('nobody is shown to another tenant, nor to who has no password, nor where there is nobody', async () => {
  const { subscribe, notifies, ada } = await watching();
  assert.equal(subscribe('dialog', { uri: 'sip:100@b.test' }).status, 403);
  assert.equal(subscribe('dialog', { uri: 'sip:999@a.test' }).status, 404);
  assert.equal(
    ada.ask({ method: 'SUBSCRIBE', uri: 'sip:101@a.test', headers: [['Event', 'dialog']] }, false).status,
    401,
  );
  assert.equal(notifies.length, 0);
});

test('RFC 6665 §7.2.1: a package that is not served is 489, and says which are', async () => {
  const { subscribe } = await watching();
  const answer = subscribe('conference');
  assert.equal(answer.status, 489);
  assert.match(answer.header('Allow-Events') ?? '', /dialog/);
});

test('a tenant may keep its users’ calls to themselves: others get 403, they themselves their own', async () => {
  const { subscribe, directory, actor } = await watching();
  await directory.updateTenant(actor, { watching: 'own' });
  assert.equal(subscribe('dialog').status, 403);
  assert.equal(subscribe('dialog', { uri: 'sip:100@a.test' }).status, 200);
});

test('RFC 3842, RFC 3680: messages and registrations are for their owner', async () => {
  const { subscribe, notifies, ada, clock } = await watching();
  assert.equal(subscribe('message-summary').status, 403);
  assert.equal(subscribe('reg').status, 403);
  assert.equal(subscribe('message-summary', { uri: 'sip:100@a.test' }).status, 200);
  assert.deepEqual(parseMessageSummary(notifies[0]?.body ?? new Uint8Array()), {
    isWaiting: false,
    account: 'sip:100@a.test',
    counts: { voice: { new: 0, old: 0, urgentNew: 0, urgentOld: 0 } },
  });
  assert.equal(subscribe('reg', { uri: 'sip:100@a.test' }).status, 200);
  const fold = new ReginfoFold();
  const reg = () => fold.take(parseReginfo(notifies.at(-1)?.body ?? new Uint8Array()) ?? assert.fail());
  assert.equal(reg(), 'taken');
  assert.deepEqual(
    fold.registrations.map(({ state }) => state),
    ['init'],
  );
  ada.register();
  clock.advance(6_000);
  assert.equal(reg(), 'taken');
  assert.deepEqual(
    fold.registrations[0]?.contacts.map(({ uri, event }) => `${uri} ${event}`),
    ['sip:100@192.0.2.10 registered'],
  );
  ada.register([['Expires', '0']]);
  clock.advance(6_000);
  assert.equal(reg(), 'taken');
  assert.deepEqual(
    fold.registrations.map(({ state, contacts }) => `${state} ${contacts.length}`),
    ['terminated 0'],
  );
});

test('a user has only so many subscriptions, and gets room when one ends', async () => {
  const { subscribe, clock } = await watching();
  for (let count = 0; count < 10; count++)
    assert.equal(subscribe('dialog', { headers: [['Expires', '60']] }).status, 200);
  const refused = subscribe('dialog');
  assert.deepEqual([refused.status, refused.reason], [403, 'Too Many Subscriptions']);
  clock.advance(62_000);
  assert.equal(subscribe('dialog').status, 200);
});

test('RFC 6665 §4.2.2: a phone that restarted answers 481, and is watched for no more', async () => {
  const { subscribe, edge, presence, ada, listen, clock } = await watching();
  listen(ada, 481);
  subscribe('dialog');
  clock.advance(500);
  assert.equal(edge.subscriptions.count, 0);
  assert.equal(presence.lamps.isWatched, false);
});

test('a process that takes over goes on with what stood: the whole state, a higher number, the same dialog', async () => {
  const { subscribe, edge, notifies, ring, restart, clock } = await watching();
  const answer = subscribe('dialog');
  ring('ringing');
  edge.subscriptions.record();
  const next = restart();
  next.edge.subscriptions.restore();
  clock.advance(5_000);
  const [last, before] = [notifies.at(-1), notifies.at(-2)];
  const info = dialogsIn(last);
  assert.equal(info.isFull, true);
  assert.ok(info.version > dialogsIn(before).version);
  assert.deepEqual(
    info.dialogs.map(({ phase }) => phase),
    ['early'],
  );
  assert.equal(last?.callId, answer.callId);
  assert.equal(last?.from.tag, answer.to.tag);
  assert.ok((last?.cseq.seq ?? 0) > (before?.cseq.seq ?? 0));
  assert.equal(next.edge.subscriptions.count, 1);
});
