/** Legs that an earlier process has left: taken up where they were answered, ended where they were not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventAgent, sendRefer } from '@ringdown/sip';
import type { LegId } from '#base/ids';
import { endCause, type LegDestination } from '#engine/calls';
import { called, descriptionOf, type Scene, scene, sdpOf } from './edge-scene.test.ts';
import type { SipEdge } from './index.ts';
import { readStoredLeg } from './stored-leg.ts';

const gone = endCause('control-restarted');

/** The process dies, and another one reads what it has stored of the leg. */
function restarted(made: Scene, legId: LegId, destination: LegDestination | null = null): SipEdge {
  const stored: unknown = JSON.parse(JSON.stringify(made.edge.snapshot(legId)));
  const { edge } = made.restart();
  made.events.length = 0;
  assert.ok(edge.restore(stored, { legId, tenantId: made.tenant, destination }), JSON.stringify(stored));
  return edge;
}

async function answered() {
  const made = await called();
  made.edge.perform({ type: 'answer', legId: made.call.legId, description: descriptionOf(sdpOf(5000)) });
  made.clock.advance(100);
  assert.equal(made.ada.session?.phase, 'confirmed');
  return made;
}

async function dialled() {
  const made = await scene();
  const { bob, edge, ids, clock, tenant } = made;
  bob.register();
  const contactUri = `sip:${bob.user}@${bob.host.name}`;
  const destination: LegDestination = { kind: 'binding', aor: '101@a.test', contactUri, path: [], flow: '' };
  const legId = ids.next('leg');
  const party = { displayName: '', user: '100', host: 'a.test' };
  edge.perform({
    ...{ type: 'dial', legId, callId: ids.next('call'), tenantId: tenant, destination, from: party, to: party },
    ...{ crossing: { maxForwards: 69, headers: [] }, offer: descriptionOf(sdpOf(5000)), ringMs: 30_000 },
  });
  clock.advance(100);
  return { ...made, legId, destination };
}

test('the phone hangs up: the fresh process answers 200, and the leg is over', async () => {
  const made = await answered();
  restarted(made, made.call.legId);
  made.ada.session?.end();
  made.clock.advance(100);
  assert.deepEqual([made.ada.end?.why, made.types()], ['hung-up', ['ended']]);
  assert.equal(made.ada.agent.sessionCount, 0);
});

test('the fresh process hangs up, changes and informs in the dialog that it has found', async () => {
  const made = await answered();
  const edge = restarted(made, made.call.legId);
  edge.perform({ type: 'reoffer', legId: made.call.legId, description: descriptionOf(sdpOf(5002)) });
  made.clock.advance(100);
  assert.equal(made.types().at(-1), 'reanswered');
  edge.perform({ type: 'end', legId: made.call.legId, cause: gone });
  made.clock.advance(100);
  assert.deepEqual([made.ada.end?.why, made.ada.end?.by, made.types().at(-1)], ['hung-up', 'remote', 'ended']);
});

test('a leg that was being hung up is hung up again', async () => {
  const made = await answered();
  assert.ok(made.edge.snapshot(made.call.legId), 'stored with the turn of the answer');
  made.edge.perform({ type: 'end', legId: made.call.legId, cause: gone });
  const edge = restarted(made, made.call.legId);
  edge.perform({ type: 'end', legId: made.call.legId, cause: gone });
  made.clock.advance(100);
  assert.equal(made.ada.end?.why, 'hung-up');
  assert.equal(edge.legCount, 0);
});

test('a caller whose call was ringing is refused in the dialog that it knows, until it acknowledges', async () => {
  const made = await called();
  made.edge.perform({ type: 'ring', legId: made.call.legId, status: 180, description: null });
  made.clock.advance(100);
  const tag = made.ada.last?.to.tag;
  const edge = restarted(made, made.call.legId);
  edge.perform({ type: 'end', legId: made.call.legId, cause: gone });
  made.clock.advance(100);
  const { end } = made.ada;
  assert.deepEqual([end?.why, end?.status], ['rejected', 503]);
  assert.equal(end?.message?.kind === 'response' ? end.message.to.tag : '', tag);
  assert.deepEqual([edge.legCount, made.types()], [0, ['ended']]);
});

test('RFC 3262 §3: a caller whose 200 waited for its PRACK is refused: what it has not seen is not known to it', async () => {
  const made = await called();
  made.network.filter = (_from, _to, bytes) => new TextDecoder().decode(bytes.subarray(0, 5)) !== 'PRACK';
  const { legId } = made.call;
  const description = descriptionOf(sdpOf(5000));
  made.edge.perform({ type: 'ring', legId, status: 183, description });
  made.clock.advance(100);
  made.edge.perform({ type: 'answer', legId, description });
  made.clock.advance(100);
  assert.deepEqual([made.ada.seen.at(-1), made.ada.session?.phase], ['183', 'proceeding']);
  const stored: unknown = JSON.parse(JSON.stringify(made.edge.snapshot(legId)));
  const { edge } = made.restart();
  assert.deepEqual(edge.restore(stored, { legId, tenantId: made.tenant, destination: null }), { sipCallId: null });
  made.network.filter = () => true;
  edge.perform({ type: 'end', legId, cause: gone });
  made.clock.advance(2000);
  assert.deepEqual([made.ada.end?.why, made.ada.end?.status, edge.legCount], ['rejected', 503, 0]);
});

test('once the PRACK has let the 200 out, the leg is stored with its dialog', async () => {
  const made = await called();
  const { legId } = made.call;
  const description = descriptionOf(sdpOf(5000));
  made.edge.perform({ type: 'ring', legId, status: 183, description });
  made.edge.perform({ type: 'answer', legId, description });
  made.clock.advance(100);
  assert.ok(made.types().includes('refreshed'), 'so that it is written again');
  restarted(made, legId);
  made.ada.session?.end();
  made.clock.advance(100);
  assert.equal(made.ada.end?.why, 'hung-up');
});

test('a device that was ringing is told to stop, and rings only once', async () => {
  const made = await dialled();
  const { bob, legId, clock, destination } = made;
  let rings = 0;
  bob.onInvited = () => {
    rings += 1;
  };
  assert.equal(bob.session?.phase, 'ringing');
  const edge = restarted(made, legId, destination);
  edge.perform({ type: 'end', legId, cause: gone });
  clock.advance(500);
  assert.deepEqual([bob.end?.why, bob.end?.by, rings], ['cancelled', 'remote', 0]);
  assert.deepEqual([edge.legCount, made.types()], [0, ['ended']]);
});

test('a device that answers while nobody is there is acknowledged and hung up', async () => {
  const made = await dialled();
  const { bob, legId, clock, destination } = made;
  const edge = restarted(made, legId, destination);
  bob.session?.accept({ type: 'application/sdp', bytes: new TextEncoder().encode(sdpOf(4000)) });
  edge.perform({ type: 'end', legId, cause: gone });
  clock.advance(500);
  assert.deepEqual([bob.end?.why, bob.agent.sessionCount], ['hung-up', 0]);
  assert.deepEqual([edge.legCount, made.types()], [0, ['ended']]);
});

test('a leg is brought back as the version before has stored it: an object with everything in full', async () => {
  const made = await answered();
  const row = JSON.parse(JSON.stringify(made.edge.snapshot(made.call.legId)));
  const leg = readStoredLeg(row) ?? assert.fail();
  assert.ok(leg.said !== null && leg.session !== null);
  const { edge } = made.restart();
  const as = { legId: made.call.legId, tenantId: made.tenant, destination: null };
  assert.ok(edge.restore(JSON.parse(JSON.stringify({ schema: 1, ...leg })), as));
  assert.deepEqual(edge.snapshot(made.call.legId)?.slice(0, 23), row.slice(0, 23));
  made.ada.session?.end();
  made.clock.advance(100);
  assert.deepEqual([made.ada.end?.why, edge.legCount], ['hung-up', 0]);
});

test('a text stands once: what was said is the local body, and ends the 2xx that waits for its ACK', async () => {
  const made = await called();
  made.edge.perform({ type: 'answer', legId: made.call.legId, description: descriptionOf(sdpOf(5000)) });
  const row = made.edge.snapshot(made.call.legId) ?? assert.fail();
  const texts = row.filter((value) => typeof value === 'string' && value.includes('m=audio 5000'));
  assert.equal(texts.length, 1);
  const { session } = readStoredLeg(JSON.parse(JSON.stringify(row))) ?? assert.fail();
  const body = session?.localBody?.text ?? assert.fail();
  assert.ok(body.includes('m=audio 5000') && session?.unacknowledged?.text.endsWith(`\r\n\r\n${body}`));
});

test('what is stored in another schema, or is no leg at all, brings nothing back', async () => {
  const made = await answered();
  const stored = made.edge.snapshot(made.call.legId) ?? assert.fail();
  const { edge } = made.restart();
  for (const broken of [null, undefined, 7, {}, [], ['session 3', ...stored.slice(1)], { schema: 1, session: null }])
    assert.equal(edge.restore(broken, { legId: made.call.legId, tenantId: made.tenant, destination: null }), undefined);
  assert.equal(edge.legCount, 0);
});

test('RFC 3515 §2.4.4: a transfer was under way: the fresh process tells the phone that it came to nothing, and the call goes on', async () => {
  const made = await answered();
  const { ada, clock, call } = made;
  const events = new EventAgent({ ...ada.agent.options, packages: ['refer'] });
  const heard: string[] = [];
  ada.onRequest = (session, transaction) => void events.receiveIn(session, transaction);
  const user = {
    onProgress: ({ status }: { status: number }) => void heard.push(String(status)),
    onOutcome: ({ why, status }: { why: string; status?: number }) => void heard.push(`${why} ${status}`),
  };
  assert.ok(sendRefer(events, ada.session ?? assert.fail(), { options: { to: 'sip:101@a.test' }, user }));
  clock.advance(100);
  const { legId, referId } = made.referrals[0] ?? assert.fail('no REFER has come');
  assert.equal(legId, call.legId);
  made.edge.perform({ type: 'accept-refer', legId, referId });
  clock.advance(100);
  const edge = restarted(made, legId);
  edge.perform({ type: 'report-refer', legId, referId, outcome: { kind: 'failed', cause: gone } });
  clock.advance(100);
  assert.deepEqual([heard, ada.session?.phase], [['100', '100', 'done 503'], 'confirmed']);
});
