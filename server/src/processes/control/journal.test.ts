import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type AppendLogFault, type CallState, callStateSchema, endCause } from '#engine/calls';
import { Journal, type JournalOptions } from './journal.ts';

let folder = '';
let faults: AppendLogFault[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-journal-'));
  faults = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As much of a state as the log looks at. */
function stateOf(callId: string): CallState {
  const leg = { legId: `leg_${callId}`, phase: 'up', held: false, media: { codec: 'PCMU', streams: [] }, joins: [] };
  const media = { sessionId: 'ses_1', state: 'open', lastRtpUtcMs: null, eventNumber: 0 };
  return { schema: callStateSchema, callId, phase: 'up', cause: null, legs: [leg], media } as unknown as CallState;
}

function open(
  calls: readonly CallState[],
  snapshots: Record<string, unknown> = {},
  write?: JournalOptions['write'],
): Journal {
  return new Journal({
    folder,
    onFault: (fault) => faults.push(fault),
    snapshot: (legId) => snapshots[legId] ?? null,
    live: () => calls,
    ...(write === undefined ? {} : { write }),
  });
}

const logged = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

test('a call is written whole once, then what changed; the next process reads the state', () => {
  const call = stateOf('call_a');
  const snapshots: Record<string, unknown> = { leg_call_a: { session: { dialog: { localSeq: 1 }, role: 'uas' } } };
  const journal = open([], snapshots);
  journal.begin();
  journal.write([call]);
  const whole = logged();
  for (const leg of call.legs) leg.held = true;
  snapshots.leg_call_a = { session: { dialog: { localSeq: 2 }, role: 'uas' } };
  journal.write([call]);
  assert.ok(logged() - whole < 150, `${logged() - whole} octets for two values`);
  journal.close();
  const { live, over } = open([]).read();
  assert.deepEqual(live, [{ call, legs: { leg_call_a: { session: { dialog: { localSeq: 2 }, role: 'uas' } } } }]);
  assert.deepEqual([over, faults], [[], []]);
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

test('after a write that the disk refused the next record is whole again', () => {
  const call = stateOf('call_a');
  let isFull = false;
  const write = (fd: number, bytes: Uint8Array, from: number): number => {
    if (isFull) throw new Error('ENOSPC');
    return writeSync(fd, bytes, from);
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
