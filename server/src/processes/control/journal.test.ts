import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type AppendLogFault, type CallState, callStateSchema, endCause, type Row } from '#engine/calls';
import { Journal, type JournalOptions } from './journal.ts';

let folder = '';
let faults: AppendLogFault[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-journal-'));
  faults = [];
  timers = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

let timers: (() => void)[] = [];

function pass(): void {
  for (const task of timers.splice(0)) task();
}

function stateOf(callId: string): CallState {
  const party = { displayName: '', user: '100', host: 'a.test' };
  const leg = {
    ...{
      legId: `leg_${callId}`,
      edge: 'sip',
      role: 'caller',
      party,
      destination: null,
      phase: 'up',
      reoffer: null,
      step: -1,
    },
    ...{
      earlySource: null,
      held: false,
      startedUtcMs: 1,
      rangUtcMs: null,
      answeredUtcMs: 2,
      endedUtcMs: null,
      cause: null,
    },
    media: {
      ...{ offered: true, policy: [], streams: [], local: null, remote: null, lines: null, codec: 'PCMU' },
      ...{ pendingLocal: null, pendingRemote: null, pendingLines: null },
    },
    ...{ joins: [], quality: null },
  };
  return {
    ...{ schema: callStateSchema, callId, tenantId: 'ten_1', origin: { kind: 'user', userId: 'usr_1' }, from: party },
    ...{
      to: party,
      identity: null,
      crossing: { maxForwards: 70, headers: [] },
      createdUtcMs: 1,
      phase: 'up',
      step: -1,
    },
    ...{
      plan: { kind: 'serve', service: 'echo' },
      ringDeadlineUtcMs: null,
      joinedLegId: null,
      takingPlace: null,
      handover: null,
      legs: [leg],
    },
    media: { sessionId: 'ses_1', state: 'open', directCodecs: [], lastRtpUtcMs: null, eventNumber: 0 },
    ...{ cause: null, endedUtcMs: null, overUtcMs: null, eventNumber: 0 },
  } as unknown as CallState;
}

function open(
  calls: readonly CallState[],
  snapshots: Record<string, Row> = {},
  write?: JournalOptions['write'],
): Journal {
  return new Journal({
    folder,
    onFault: (fault) => faults.push(fault),
    snapshot: (legId) => snapshots[legId] ?? null,
    live: () => calls,
    after: (_ms, task) => timers.push(task),
    ...(write === undefined ? {} : { write }),
  });
}

const logged = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

test('a call is written whole once, then what changed; the next process reads the state', () => {
  const call = stateOf('call_a');
  const snapshots: Record<string, Row> = { leg_call_a: ['session', 'uas', 1] };
  const journal = open([], snapshots);
  journal.begin();
  journal.write([call]);
  const whole = logged();
  for (const leg of call.legs) leg.held = true;
  snapshots.leg_call_a = ['session', 'uas', 2];
  journal.write([call]);
  assert.ok(logged() - whole < 100, `${logged() - whole} octets for two values`);
  journal.close();
  const { live, over } = open([]).read();
  assert.deepEqual(live, [{ call, legs: { leg_call_a: ['session', 'uas', 2] } }]);
  assert.deepEqual([over, faults], [[], []]);
});

test('of a call at rest nothing is forgotten: quality is written alone, the next change of a leg brings its rows whole', () => {
  const call = stateOf('call_a');
  const snapshots: Record<string, Row> = { leg_call_a: ['session', 'uas', 1] };
  const journal = open([call], snapshots);
  journal.begin();
  const read = () => open([]).read().live;
  journal.rest(call);
  const before = logged();
  call.media.lastRtpUtcMs = 7;
  journal.write([], [call]);
  pass();
  assert.ok(logged() - before < 60, `${logged() - before} octets for one value`);
  assert.deepEqual(read(), [{ call, legs: { leg_call_a: ['session', 'uas', 1] } }]);
  snapshots.leg_call_a = ['session', 'uas', 2];
  journal.write([call]);
  assert.deepEqual(read(), [{ call, legs: { leg_call_a: ['session', 'uas', 2] } }]);
  journal.rest(call);
  snapshots.leg_call_a = ['session', 'uas', 3];
  call.legs[0]!.held = true;
  journal.write([call]);
  journal.close();
  assert.deepEqual([read(), faults], [[{ call, legs: { leg_call_a: ['session', 'uas', 3] } }], []]);
});

test('what may wait comes with the next record of its call, or a little later, all in one write', () => {
  const [a, b] = [stateOf('call_a'), stateOf('call_b')];
  const writes: number[] = [];
  const journal = open([], {}, (fd, bytes, from, length) => {
    writes.push(length);
    return writeSync(fd, bytes, from, length);
  });
  journal.begin();
  journal.write([a, b]);
  a.eventNumber = b.eventNumber = 1;
  journal.write([], [a]);
  journal.write([], [b]);
  assert.equal(writes.length, 1);
  a.phase = 'ending';
  journal.write([a]);
  assert.deepEqual(
    open([])
      .read()
      .live.map(({ call }) => [call.phase, call.eventNumber]),
    [
      ['ending', 1],
      ['up', 0],
    ],
  );
  pass();
  assert.equal(writes.length, 3);
  assert.equal(open([]).read().live[1]?.call.eventNumber, 1);
  b.eventNumber = 2;
  journal.write([], [b]);
  journal.close();
  assert.equal(open([]).read().live[1]?.call.eventNumber, 2, 'closing waits for nothing');
});

test('an end that may wait is not written where the CDR is stored before', () => {
  const [a, b] = [stateOf('call_a'), stateOf('call_b')];
  const journal = open([]);
  journal.begin();
  journal.write([a, b]);
  const before = logged();
  a.phase = b.phase = 'ended';
  journal.write([], [a, b]);
  assert.equal(journal.over('call_a'), a);
  journal.settled('call_a');
  assert.equal(logged(), before);
  pass();
  assert.deepEqual(open([]).read(), { live: [], over: [b] });
  journal.settled('call_b');
  pass();
  assert.deepEqual(open([]).read(), { live: [], over: [] });
});

test('a call that ends is over with its last state, until its CDR is stored', () => {
  const call = stateOf('call_a');
  const journal = open([]);
  journal.begin();
  journal.write([call]);
  call.phase = 'ended';
  journal.write([call]);
  assert.deepEqual(open([]).read(), { live: [], over: [call] });
  journal.settled('call_a');
  journal.close();
  assert.deepEqual(open([]).read(), { live: [], over: [] });
});

test('a call that began and ended in one turn, and two calls in one write', () => {
  const [a, b] = [stateOf('call_a'), stateOf('call_b')];
  a.phase = 'ended';
  const journal = open([]);
  journal.begin();
  journal.write([a, b]);
  journal.close();
  const { live, over } = open([]).read();
  assert.deepEqual([live.map(({ call }) => call), over], [[b], [a]]);
});

test('a new segment begins with whole states; differences go on from there', () => {
  const call = stateOf('call_a');
  const journal = open([call]);
  journal.begin();
  journal.write([call]);
  journal.begin();
  call.phase = 'ending';
  journal.write([call]);
  journal.close();
  assert.equal(open([]).read().live[0]?.call.phase, 'ending');
});

/** A journal whose segments are small, and whose disk can be full. */
function openSmall(calls: readonly CallState[]) {
  const disk = { isFull: false, longest: 0 };
  let snapshots = 0;
  const journal = new Journal({
    folder,
    onFault: (fault) => faults.push(fault),
    // Another one each time, so that the log grows.
    snapshot: () => ['session', String(++snapshots).padEnd(800, '.')],
    live: () => calls,
    after: (_ms, task) => void timers.push(task),
    segmentBytes: 2000,
    write: (fd, bytes, from, length) => {
      if (disk.isFull) throw new Error('ENOSPC');
      disk.longest = Math.max(disk.longest, length);
      return writeSync(fd, bytes, from, length);
    },
  });
  return { journal, disk };
}

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => stateOf(`call_${String(at).padStart(4, '0')}`));
const stored = () => {
  const states = open([])
    .read()
    .live.map(({ call }) => call);
  return states.sort((a, b) => (a.callId < b.callId ? -1 : 1));
};

test('however many calls are alive: a grown log is made anew a few calls at a time, and not before most of it is history', () => {
  const calls = many(400);
  const { journal, disk } = openSmall(calls);
  journal.begin();
  const whole = disk.longest;
  disk.longest = 0;
  const segments = new Set<string>();
  for (let turn = 0; turn < 3000; turn += 1) {
    const call = calls[turn % calls.length]!;
    call.legs[0]!.held = !call.legs[0]!.held;
    journal.write([call]);
    for (const name of readdirSync(folder)) segments.add(name);
    if (turn % 97 === 0) assert.deepEqual(stored(), calls, `turn ${turn}`);
  }
  assert.ok(disk.longest < whole / 20, `${disk.longest} octets in one write of ${whole} in all`);
  assert.ok(segments.size > 1 && segments.size < 20, [...segments].join());
  journal.close();
  assert.deepEqual([stored(), faults], [calls, []]);
});

test('the disk is full while the log is made anew: nothing is forgotten', () => {
  const calls = many(100);
  const { journal, disk } = openSmall(calls);
  journal.begin();
  for (let turn = 0; turn < 4000; turn += 1) {
    const call = calls[(turn * 7) % calls.length]!;
    call.legs[0]!.held = !call.legs[0]!.held;
    disk.isFull = turn % 5 > 2;
    journal.write([call]);
    if (turn % 61 === 0) assert.equal(stored().length, calls.length, `turn ${turn}`);
  }
  disk.isFull = false;
  for (const call of calls) {
    call.phase = 'ending';
    journal.write([call]);
  }
  assert.ok(!readdirSync(folder).includes('calls-000001.log'), 'it was not made anew at all');
  journal.close();
  assert.deepEqual(stored(), calls);
});

test('a call that ended and is settled while the log is made anew does not come back', () => {
  const calls = many(60);
  const alive = new Set(calls);
  const { journal } = openSmall(calls);
  journal.begin();
  for (let turn = 0; alive.size > 10; turn += 1) {
    const call = calls[turn % calls.length]!;
    if (!alive.has(call)) continue;
    if (turn % 13 === 0) {
      call.phase = 'ended';
      alive.delete(call);
    } else call.legs[0]!.held = !call.legs[0]!.held;
    journal.write([call]);
    if (call.phase === 'ended') journal.settled(call.callId);
    if (turn % 20 === 0) pass();
  }
  pass();
  assert.ok(!readdirSync(folder).includes('calls-000001.log'), 'it was not made anew at all');
  journal.close();
  const { live, over } = open([]).read();
  const ids = live.map(({ call }) => call.callId).sort();
  assert.deepEqual(ids, [...alive].map(({ callId }) => callId).sort());
  assert.deepEqual(over, []);
});

test('after a write that the disk refused the next record is whole again', () => {
  const call = stateOf('call_a');
  let isFull = false;
  const write = (fd: number, bytes: Uint8Array, from: number, length: number): number => {
    if (isFull) throw new Error('ENOSPC');
    return writeSync(fd, bytes, from, length);
  };
  const journal = open([call], {}, write);
  journal.begin();
  isFull = true;
  call.phase = 'ending';
  journal.write([call]);
  isFull = false;
  call.cause = endCause('busy');
  journal.write([call]);
  journal.close();
  assert.deepEqual(
    faults.map(({ kind }) => kind),
    ['write'],
  );
  assert.deepEqual(open([]).read().live[0]?.call, call);
});

test('a change whose call is not in the log is reported, not guessed', () => {
  const call = stateOf('call_a');
  const journal = open([]);
  journal.begin();
  journal.write([call]);
  call.phase = 'ending';
  journal.write([call]);
  journal.close();
  const [name = ''] = readdirSync(folder);
  const bytes = readFileSync(join(folder, name));
  writeFileSync(join(folder, name), bytes.subarray(8 + bytes.readUInt32LE(0)));
  assert.deepEqual(open([]).read(), { live: [], over: [] });
  assert.match(faults[0]?.detail ?? '', /call_a: a change of a call of which nothing is known/);
});

test('the log of the version before is read: a call that goes on, one that rang, one without a CDR, one that is forgotten', () => {
  copyFileSync(join(import.meta.dirname, 'vectors', 'journal-schema-3.bin'), join(folder, 'calls-000001.log'));
  const { live, over } = open([]).read();
  const [up, rang] = live;
  assert.deepEqual([live.length, over.length, faults], [2, 1, []]);
  assert.deepEqual(
    [up?.call.phase, up?.call.legs.map((leg) => [leg.phase, leg.media.codec, leg.media.remote?.media[0]?.kind])],
    [
      'up',
      [
        ['up', 'PCMU', 'audio'],
        ['up', 'PCMU', 'audio'],
      ],
    ],
  );
  for (const leg of up?.call.legs ?? []) {
    const stored = up?.legs[leg.legId] as { session: { phase: string; unacknowledged: unknown } };
    assert.deepEqual([stored.session.phase, stored.session.unacknowledged], ['confirmed', null]);
  }
  assert.deepEqual([rang?.call.phase, rang?.call.legs.map(({ phase }) => phase)], ['dialing', ['ringing', 'ringing']]);
  assert.deepEqual(
    [over[0]?.cause?.code, over[0]?.legs.map(({ phase }) => phase)],
    ['normal-clearing', ['ended', 'ended']],
  );
});

test('what was read of the version before stands in this one once the new segment has begun', () => {
  copyFileSync(join(import.meta.dirname, 'vectors', 'journal-schema-3.bin'), join(folder, 'calls-000001.log'));
  const first = open([]);
  const { live, over } = first.read();
  for (const call of over) first.keepOver(call);
  const again = open(live.map(({ call }) => call));
  for (const call of over) again.keepOver(call);
  again.begin();
  again.close();
  const read = open([]).read();
  assert.deepEqual([read.live.map(({ call }) => call.callId), faults], [live.map(({ call }) => call.callId), []]);
  assert.deepEqual(read.live[0]?.call.legs[0]?.media.remote, live[0]?.call.legs[0]?.media.remote);
});
