/** Busy lamps from the state of calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallId, LegId, TenantId, UserId } from '#base/ids';
import type { CallState, LegPhase, LegState } from '#engine/calls';
import { dialogsOfCall, type UserDialog } from './dialogs-of-call.ts';
import { Lamps } from './lamps.ts';

const tenant = 'ten_1' as TenantId;
const [ada, bob, eve] = ['usr_a' as UserId, 'usr_b' as UserId, 'usr_e' as UserId];
const users = new Map([
  ['100@a.test', ada],
  ['101@a.test', bob],
  ['111@a.test', bob],
]);
const party = (user: string) => ({ user, host: 'a.test', displayName: '' });

function leg(number: number, phase: LegPhase, aor?: string): LegState {
  const destination = aor === undefined ? null : { kind: 'binding', aor, contactUri: '', path: [], flow: '' };
  return {
    legId: `leg_${number}` as LegId,
    phase,
    destination,
    role: aor === undefined ? 'caller' : 'callee',
    party: party(`${number}`),
  } as unknown as LegState;
}

function call(number: number, legs: readonly LegState[], of: TenantId = tenant): CallState {
  const origin = { kind: 'user', userId: ada };
  const parts = {
    callId: `call_${number}` as CallId,
    tenantId: of,
    origin,
    legs,
    from: party('100'),
    to: party('101'),
    joinedLegId: null,
    handover: null,
  };
  return parts as unknown as CallState;
}

function watching(calls: readonly CallState[] = []) {
  const found = (local: string, domain: string) => {
    const user = users.get(`${local}@${domain}`);
    return user === undefined ? undefined : { tenant, user, aor: `${local}@${domain}` };
  };
  const lamps = new Lamps({ directory: { findAddress: found }, calls: () => calls });
  const seen: string[] = [];
  const watch = (user: UserId) => lamps.watch(tenant, user, (dialog) => void seen.push(textOf(dialog)));
  return { lamps, seen, watch };
}

const textOf = ({ id, phase, direction, remote }: UserDialog) => `${id} ${phase} ${direction} ${remote.user}`;

test('RFC 4235 §3.7.1: a call as its caller and its callee go through it', () => {
  const stages: [LegPhase, LegPhase][] = [
    ['new', 'dialing'],
    ['ringing', 'ringing'],
    ['answered', 'up'],
    ['ending', 'ended'],
  ];
  const dialogs = stages.map(([caller, callee]) =>
    dialogsOfCall(call(1, [leg(1, caller), leg(2, callee, '101@a.test')])).map(({ dialog }) => textOf(dialog)),
  );
  assert.deepEqual(dialogs, [
    ['call_1-1 proceeding initiator 101'],
    ['call_1-1 early initiator 101', 'call_1-2 early recipient 100'],
    ['call_1-1 confirmed initiator 101', 'call_1-2 confirmed recipient 100'],
    ['call_1-1 terminated initiator 101', 'call_1-2 terminated recipient 100'],
  ]);
});

test('of several devices one dialog: it rings while one rings, and is over when all are', () => {
  const phaseOf = (...phases: LegPhase[]) =>
    dialogsOfCall(
      call(
        1,
        phases.map((phase, index) => leg(index + 2, phase, '101@a.test')),
      ),
    ).map(({ dialog }) => dialog.phase);
  assert.deepEqual(phaseOf('ringing', 'dialing'), ['early']);
  assert.deepEqual(phaseOf('ended', 'ringing'), ['early']);
  assert.deepEqual(phaseOf('ended', 'up'), ['confirmed']);
  assert.deepEqual(phaseOf('ended', 'ending'), ['terminated']);
  assert.deepEqual(phaseOf('dialing', 'dialing'), []);
});

test('who watches is told of each change once, and of nobody else’s calls', () => {
  const { lamps, seen, watch } = watching();
  const stop = watch(bob);
  const say = (...legs: LegState[]) => lamps.callsChanged([call(1, [leg(1, 'ringing'), ...legs])]);
  say(leg(2, 'dialing', '101@a.test'));
  say(leg(2, 'ringing', '101@a.test'));
  say(leg(2, 'ringing', '101@a.test'));
  say(leg(2, 'up', '101@a.test'));
  assert.deepEqual(lamps.dialogsOf(tenant, bob).map(textOf), ['call_1-2 confirmed recipient 100']);
  say(leg(2, 'ended', '101@a.test'));
  say(leg(2, 'ended', '101@a.test'));
  lamps.callsChanged([call(2, [leg(1, 'ringing'), leg(2, 'ringing', '999@a.test')])]);
  lamps.callsChanged([call(3, [leg(2, 'ringing', '101@a.test')], 'ten_2' as TenantId)]);
  assert.deepEqual(seen, [
    'call_1-2 early recipient 100',
    'call_1-2 confirmed recipient 100',
    'call_1-2 terminated recipient 100',
  ]);
  stop();
  assert.equal(lamps.isWatched, false);
});

test('who comes later sees the calls that are up, by each address of the user', () => {
  const calls = [
    call(1, [leg(1, 'up'), leg(2, 'up', '111@a.test')]),
    call(2, [leg(1, 'ended'), leg(2, 'ended', '101@a.test')]),
  ];
  const { lamps, watch } = watching(calls);
  const stops = [watch(bob), watch(bob), watch(eve)];
  assert.deepEqual(lamps.dialogsOf(tenant, bob).map(textOf), ['call_1-2 confirmed recipient 100']);
  assert.deepEqual(lamps.dialogsOf(tenant, eve), []);
  stops[0]?.();
  assert.equal(lamps.dialogsOf(tenant, bob).length, 1, 'another watches still');
  for (const stop of stops) stop();
  assert.equal(lamps.isWatched, false);
});
