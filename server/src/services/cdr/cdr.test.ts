import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime } from '#base/clock';
import { createEventSource, type EventEnvelope } from '#base/events';
import { type CallId, createIdSource, createSeededRandom, type LegId, type TenantId, type TrunkId } from '#base/ids';
import { type CallState, type EndCause, endCause, type LegState } from '#engine/calls';
import { type Cdr, cdrFromCall, createCdr } from './index.ts';

const at = (sec: number) => 1_700_000_000_000 + sec * 1000;
const legIds = ['leg_a', 'leg_b', 'leg_c'] as const;

interface LegSketch {
  readonly user: string;
  readonly rang?: number;
  readonly answered?: number;
  readonly ended?: number;
  readonly cause?: EndCause;
  readonly codec?: string;
  /** Joined to the caller, from and to. */
  readonly joined?: readonly (readonly [number, number | null])[];
  readonly trunk?: boolean;
}

function legOf(sketch: LegSketch, index: number): LegState {
  const party = { displayName: '', user: sketch.user, host: 'a.test' };
  const other = (index === 0 ? legIds[1] : legIds[0]) as LegId;
  const when = (sec: number | undefined | null) => (sec === undefined || sec === null ? null : at(sec));
  const binding = {
    kind: 'binding',
    aor: `${sketch.user}@a.test`,
    contactUri: `sip:${sketch.user}@192.0.2.9`,
    path: ['<sip:p>'],
    flow: 'token',
  };
  const trunk = { kind: 'trunk', trunkId: 'trk_1' as TrunkId, user: sketch.user };
  return {
    legId: legIds[index] as LegId,
    edge: 'sip',
    role: index === 0 ? 'caller' : 'callee',
    party,
    destination: index === 0 ? null : sketch.trunk === true ? trunk : binding,
    phase: sketch.ended === undefined ? 'up' : 'ended',
    reoffer: null,
    step: index - 1,
    earlySource: null,
    media: { codec: sketch.codec ?? null },
    held: false,
    startedUtcMs: at(index === 0 ? 0 : 1),
    rangUtcMs: when(sketch.rang),
    answeredUtcMs: when(sketch.answered),
    endedUtcMs: when(sketch.ended),
    cause: sketch.cause ?? null,
    joins: (sketch.joined ?? []).map(([from, to]) => ({ withLegId: other, fromUtcMs: at(from), toUtcMs: when(to) })),
    quality: index === 0 ? { packets: 100, lost: 1, jitterMs: 2, roundTripMs: 20, mos: 4.3 } : null,
  } as unknown as LegState;
}

function callOf(legs: readonly LegSketch[], more: Partial<CallState> = {}): CallState {
  const states = legs.map(legOf);
  const party = (user: string) => ({ displayName: '', user, host: 'a.test' });
  return {
    schema: 1,
    callId: 'call_01hf7yat000000000000000000' as CallId,
    tenantId: 'ten_1' as TenantId,
    origin: { kind: 'user', userId: 'usr_1' },
    from: party('101'),
    to: party('102'),
    identity: null,
    crossing: { maxForwards: 69, headers: [] },
    createdUtcMs: at(0),
    phase: 'ended',
    plan: { kind: 'dial', steps: [] },
    step: 0,
    ringDeadlineUtcMs: null,
    legs: states,
    joinedLegId: null,
    takingPlace: null,
    media: { sessionId: 'ses_1', state: 'closed', lastRtpUtcMs: null },
    cause: states[0]?.cause ?? null,
    endedUtcMs: at(60),
    eventNumber: 6,
    ...more,
  } as unknown as CallState;
}

const hungUp = endCause('normal-clearing', { by: 'peer' });
const talked = callOf([
  { user: '101', rang: 2, answered: 5, ended: 60, cause: hungUp, codec: 'OPUS', joined: [[5, 60]] },
  { user: '102', rang: 2, answered: 5, ended: 60, cause: hungUp, codec: 'PCMU', joined: [[5, 60]] },
]);
const elsewhere = endCause('answered-elsewhere');
const ended = (cause: EndCause, callee: Partial<LegSketch> = {}) =>
  callOf([
    { user: '101', ended: 60, cause },
    { user: '102', ended: 60, cause, ...callee },
  ]);

const table: readonly (readonly [title: string, call: CallState, flat: Partial<Cdr>])[] = [
  [
    'answered and hung up',
    talked,
    {
      outcome: 'answered',
      ringUtcMs: at(2),
      answerUtcMs: at(5),
      endUtcMs: at(60),
      ringMs: 3000,
      talkMs: 55_000,
      totalMs: 60_000,
      codecs: ['OPUS', 'PCMU'],
      media: 'relayed',
      faultOf: 'nobody',
    },
  ],
  [
    'rang until the time was over: the ring is the first callee leg that rang where the caller heard none',
    ended(endCause('no-answer', { status: 408 }), { rang: 3 }),
    {
      outcome: 'no-answer',
      ringUtcMs: at(3),
      answerUtcMs: null,
      ringMs: 57_000,
      talkMs: 0,
      faultOf: 'the callee (102)',
    },
  ],
  [
    'busy',
    ended(endCause('busy', { by: 'peer', status: 486 })),
    { outcome: 'busy', ringMs: 0, faultOf: 'the callee (102)' },
  ],
  ['declined', ended(endCause('declined')), { outcome: 'declined' }],
  ['given up by the caller', ended(endCause('cancelled')), { outcome: 'cancelled', faultOf: 'nobody' }],
  [
    'refused by a trunk',
    ended(endCause('upstream-rejected', { status: 484 }), { trunk: true }),
    { outcome: 'failed', faultOf: 'the trunk or the far server' },
  ],
  [
    'no route',
    callOf([{ user: '101', ended: 60, cause: endCause('no-route') }]),
    { outcome: 'failed', faultOf: 'this server', codecs: [] },
  ],
  [
    'not found',
    callOf([{ user: '101', ended: 60, cause: endCause('not-found') }]),
    { outcome: 'failed', faultOf: 'the caller (101)' },
  ],
  [
    'a service answered',
    callOf([{ user: '101', answered: 1, ended: 60, cause: hungUp, codec: 'PCMA' }], {
      plan: { kind: 'serve', service: 'echo' },
    }),
    { outcome: 'answered', service: 'echo', talkMs: 59_000, codecs: ['PCMA'] },
  ],
  [
    'a call that was answered and then failed was still answered',
    callOf([{ user: '101', answered: 1, ended: 60, cause: endCause('media-timeout') }]),
    { outcome: 'answered', faultOf: 'not known' },
  ],
  [
    'a clock set back by an hour makes no negative time',
    callOf([{ user: '101', answered: 3, ended: -3600, cause: hungUp }], { endedUtcMs: at(-3600) }),
    { talkMs: 0, totalMs: 0, endUtcMs: at(-3600) },
  ],
];

for (const [title, call, flat] of table) {
  test(`flat view: ${title}`, () => {
    const cdr = cdrFromCall(call);
    const seen = Object.fromEntries(Object.keys(flat).map((key) => [key, cdr[key as keyof Cdr]]));
    assert.deepEqual(seen, flat);
  });
}

test('graph: the fork that lost is there with its own cause, joins stand once and in order of time', () => {
  const call = callOf([
    {
      user: '101',
      rang: 2,
      answered: 5,
      ended: 60,
      cause: hungUp,
      codec: 'PCMU',
      joined: [
        [5, 20],
        [25, null],
      ],
    },
    {
      user: '102',
      rang: 2,
      answered: 5,
      ended: 60,
      cause: hungUp,
      codec: 'PCMU',
      joined: [
        [25, 60],
        [5, 20],
      ],
    },
    { user: '103', rang: 3, ended: 5, cause: elsewhere },
  ]);
  const cdr = cdrFromCall(call);
  assert.deepEqual(cdr.joins, [
    { legId: 'leg_a', withLegId: 'leg_b', fromUtcMs: at(5), toUtcMs: at(20) },
    { legId: 'leg_a', withLegId: 'leg_b', fromUtcMs: at(25), toUtcMs: at(60) },
  ]);
  assert.deepEqual(
    cdr.legs.map(({ role, ringUtcMs, answerUtcMs, endUtcMs, cause, codec }) => [
      role,
      ringUtcMs,
      answerUtcMs,
      endUtcMs,
      cause.code,
      codec,
    ]),
    [
      ['caller', at(2), at(5), at(60), 'normal-clearing', 'PCMU'],
      ['callee', at(2), at(5), at(60), 'normal-clearing', 'PCMU'],
      ['callee', at(3), null, at(5), 'answered-elsewhere', null],
    ],
  );
  assert.deepEqual(cdr.legs[0]?.quality, { packets: 100, lost: 1, jitterMs: 2, roundTripMs: 20, mos: 4.3 });
  assert.deepEqual(cdr.legs[2]?.destination, { kind: 'binding', aor: '103@a.test', contactUri: 'sip:103@192.0.2.9' });
});

test('a leg at fault is named by its own party', () => {
  const cdr = cdrFromCall(
    callOf([
      { user: '101', ended: 9, cause: hungUp },
      { user: '103', ended: 9, cause: endCause('busy') },
    ]),
  );
  assert.equal(cdr.legs[1]?.faultOf, 'the callee (103)');
});

test('deriving twice gives the same record; the id comes from the call', () => {
  assert.deepEqual(cdrFromCall(structuredClone(talked)), cdrFromCall(talked));
  assert.equal(cdrFromCall(talked).id, 'cdr_01hf7yat000000000000000000');
});

test('a call that has not ended has no record', () => {
  assert.throws(() => cdrFromCall(callOf([{ user: '101' }], { endedUtcMs: null })), { code: 'cdr.call-not-ended' });
});

test('settling stores the record with one numbered event; a list is bounded', async () => {
  const inserted: { cdr: Cdr; events: readonly EventEnvelope[] }[] = [];
  const limits: number[] = [];
  const time = createManualTime();
  const service = createCdr({
    store: {
      async insert(tenant, cdr, events) {
        assert.equal(tenant, 'ten_1');
        inserted.push({ cdr, events });
        return 'stored';
      },
      async list(_tenant, { limit }) {
        limits.push(limit);
        return [];
      },
      find: async () => undefined,
    },
    events: createEventSource(time, createIdSource(time, createSeededRandom(1))),
  });
  assert.equal(await service.settle(talked), 'stored');
  const [first] = inserted;
  assert.equal(first?.cdr.talkMs, 55_000);
  const event = first?.events[0];
  assert.deepEqual(
    [event?.type, event?.durability, event?.call, event?.callNumber],
    ['cdr.recorded', 'durable', talked.callId, 7],
  );
  assert.equal('legs' in ((event?.data ?? { legs: 0 }) as object), false);
  for (const limit of [undefined, 0, 7, 1e9])
    await service.list('ten_1' as TenantId, limit === undefined ? {} : { limit });
  assert.deepEqual(limits, [100, 1, 7, 500]);
});
