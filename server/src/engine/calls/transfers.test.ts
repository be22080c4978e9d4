/** The engine's part of a transfer: which leg talks to which, and what is left of the call that it came from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallState } from './call-state.ts';
import { EngineBench, offerOf, target } from './engine-bench.ts';
import { placeEdge } from './handover.ts';
import { takeCall } from './journal/call-rows.ts';
import { readCall } from './journal/read-call.ts';
import { applyRecord, LoggedRows } from './journal/row.ts';
import type { IncomingCall, LegCommand, Referral } from './leg-port.ts';

class Bench extends EngineBench {
  /** What the peer of a leg asks for, as the edge hands it up. */
  refer(call: CallState, index: number, placeLegId: Referral['placeLegId'] = null): Referral {
    return { legId: this.legId(call, index), referId: 'r1', to: party('102'), placeLegId, domainOf: null };
  }

  /** Blind, by the party at `index`. @returns the call to the target */
  blind(call: CallState, index: number): CallState {
    const before = new Set(this.engine.calls());
    const incoming: IncomingCall = {
      legId: this.ids.next('leg'),
      edge: placeEdge,
      tenantId: call.tenantId,
      origin: call.origin,
      from: party('100'),
      to: party('102'),
      crossing: { maxForwards: 69, headers: [] },
      offer: null,
      receivedUtcMs: this.time.nowUtcMs(),
    };
    const steps = [{ targets: [target('102')], ringMs: 30_000 }];
    this.engine.transfer(this.refer(call, index), incoming, { kind: 'dial', steps });
    this.settle();
    return [...this.engine.calls()].find((one) => !before.has(one)) ?? assert.fail('no call was made');
  }

  /** In short: who is told what; legs by their user and, where it is not the first of its user, a number. */
  said(): string[] {
    return this.commands.splice(0).map((command) => {
      const detail =
        command.type === 'end'
          ? ` ${command.cause.code}`
          : command.type === 'report-refer'
            ? ` ${outcomeOf(command)}`
            : command.type === 'refuse-refer'
              ? ` ${command.cause.code}`
              : '';
      return `${this.nameOf(command.legId)} ${command.type}${detail}`;
    });
  }

  nameOf(legId: string): string {
    for (const call of this.engine.calls()) for (const leg of call.legs) if (leg.legId === legId) return leg.party.user;
    return '?';
  }

  /** The leg's peer answers our re-offer with what is in it. */
  reanswer(call: CallState, user: string, formats = '0 101'): void {
    const leg = call.legs.find((one) => one.party.user === user && one.phase === 'up') ?? assert.fail(user);
    const port = user === '100' ? 4000 : 6000;
    this.engine.onLegEvent({ type: 'reanswered', legId: leg.legId, description: offerOf('192.0.2.7', port, formats) });
    this.settle();
  }

  talking(call: CallState): string {
    const names = call.legs.filter(({ phase, joins }) => phase === 'up' && joins.at(-1)?.toUtcMs === null);
    return names
      .map(({ party: { user } }) => user)
      .sort()
      .join(' ');
  }
}

const party = (user: string) => ({ displayName: '', user, host: 'a.test' });

function outcomeOf({ outcome }: Extract<LegCommand, { type: 'report-refer' }>): string {
  if (outcome.kind === 'progress') return String(outcome.status);
  return outcome.kind === 'failed' ? outcome.cause.code : outcome.kind;
}

for (const [who, by, stays] of [
  ['callee', 1, '100'],
  ['caller', 0, '101'],
] as const)
  test(`blind, by the ${who}: the other party is told of the new call's ports and talks there, the old call ends`, () => {
    const bench = new Bench();
    const call = bench.up();
    const to = bench.blind(call, by);
    const asker = by === 1 ? '101' : '100';
    assert.deepEqual(bench.said(), [`${asker} accept-refer`, '102 dial']);
    bench.ring(to, 1);
    assert.deepEqual(bench.said(), [`${asker} report-refer 180`]);
    assert.equal(bench.talking(call), '100 101', 'the old call goes on until then');
    bench.answer(to, 1);
    assert.deepEqual(bench.said(), [`${asker} report-refer succeeded`, `${asker} end transferred`, `${stays} reoffer`]);
    assert.deepEqual([call.phase, call.cause?.code, call.handover?.toCallId], ['ending', 'transferred', to.callId]);
    assert.equal(bench.engine.callOf(bench.legId(call, 1 - by)), to, 'what happens to the leg is of the new call');
    bench.reanswer(to, stays);
    assert.equal(bench.talking(to), [stays, '102'].sort().join(' '));
    assert.deepEqual(bench.said(), []);
    assert.equal(bench.media.filter(({ verb }) => verb === 'join').length > 0, true);
    bench.end(call, by);
    assert.equal(call.phase, 'ended');
    assert.equal(bench.engine.callOf(bench.legId(call, 1 - by)), to);
    const left = to.legs.findIndex(({ party: { user }, phase }) => user === stays && phase === 'up');
    bench.end(to, left);
    assert.deepEqual(bench.said(), ['102 end normal-clearing']);
  });

test('the asker hangs up at once: the other party hears ring-back, and is joined when the target answers', () => {
  const bench = new Bench();
  const call = bench.up();
  const to = bench.blind(call, 1);
  bench.said();
  bench.media.length = 0;
  bench.end(call, 1);
  assert.deepEqual([call.phase, bench.said()], ['up', []]);
  assert.deepEqual(
    bench.media.map(({ verb }) => verb),
    ['play'],
  );
  bench.ring(to, 1);
  bench.answer(to, 1);
  assert.deepEqual(bench.said(), ['101 report-refer 180', '101 report-refer succeeded', '100 reoffer']);
  assert.equal(call.phase, 'ended');
  bench.reanswer(to, '100');
  assert.equal(bench.talking(to), '100 102');
});

test('the target is busy: the asker is told, and the call goes on; where the asker has gone it is over', () => {
  for (const isGone of [false, true]) {
    const bench = new Bench();
    const call = bench.up();
    const to = bench.blind(call, 1);
    if (isGone) bench.end(call, 1);
    bench.said();
    bench.end(to, 1, 'busy', 486);
    const told = ['101 report-refer busy'];
    assert.deepEqual(bench.said(), isGone ? [...told, '100 end busy'] : told);
    assert.deepEqual([call.phase, to.phase], [isGone ? 'ending' : 'up', 'ended']);
    assert.equal(call.handover?.transfer, null);
    if (!isGone) assert.equal(bench.talking(call), '100 101');
  }
});

test('the party that is transferred hangs up: the target stops ringing, both calls are over', () => {
  for (const isGone of [false, true]) {
    const bench = new Bench();
    const call = bench.up();
    const to = bench.blind(call, 1);
    if (isGone) bench.end(call, 1);
    bench.said();
    bench.end(call, 0);
    const ends = isGone ? [] : ['101 end normal-clearing'];
    assert.deepEqual(bench.said(), [...ends, '101 report-refer cancelled', '102 end cancelled']);
    bench.end(to, 1, 'cancelled');
    if (!isGone) bench.end(call, 1);
    assert.deepEqual([call.phase, to.phase], ['ended', 'ended']);
  }
});

test('attended: the other party takes the place of the asker in its other call, whichever side called', () => {
  for (const [by, own] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    const bench = new Bench();
    const [call, to] = [bench.up(), bench.up()];
    const leaver = bench.legId(call, 1 - by);
    bench.media.length = 0;
    bench.engine.transferTo(bench.refer(call, by), bench.legId(to, own));
    bench.settle();
    assert.deepEqual(
      bench.commands.splice(0).map(({ type }) => type),
      ['accept-refer', 'report-refer', 'end', 'end', 'reoffer'],
    );
    assert.equal(bench.engine.callOf(leaver), to);
    // Nobody hears the asker any more, before it has heard of it.
    assert.deepEqual(
      bench.media.slice(0, 2).map(({ verb }) => verb),
      ['split', 'split'],
    );
    const arrived = to.legs.at(-1);
    assert.equal(arrived?.legId, leaver);
    bench.engine.onLegEvent({ type: 'reanswered', legId: leaver, description: offerOf('192.0.2.7', 4000, '0 101') });
    bench.settle();
    assert.deepEqual([arrived?.reoffer, to.phase, call.phase], [null, 'up', 'ending']);
    assert.equal(arrived?.joins[0]?.withLegId, bench.legId(to, 1 - own));
    bench.end(to, own);
    bench.end(call, by);
    assert.deepEqual([call.phase, to.phase], ['ended', 'up']);
    bench.end(to, 2);
    assert.equal(to.phase, 'ending');
  }
});

test('a change of media under way is waited for', () => {
  const bench = new Bench();
  const call = bench.up();
  const to = bench.blind(call, 1);
  const hold = offerOf('192.0.2.2', 5000, '0 101', 'a=sendonly\r\n');
  bench.engine.onLegEvent({ type: 'reoffered', legId: bench.legId(call, 1), description: hold });
  assert.equal(call.legs[0]?.reoffer, 'ours');
  bench.said();
  bench.answer(to, 1);
  assert.deepEqual(bench.said(), []);
  bench.engine.onLegEvent({
    type: 'reanswered',
    legId: bench.legId(call, 0),
    description: offerOf('192.0.2.1', 4000, '0 101', 'a=recvonly\r\n'),
  });
  bench.settle();
  assert.deepEqual(bench.said(), [
    '101 accept-reoffer',
    '101 report-refer succeeded',
    '101 end transferred',
    '100 reoffer',
  ]);
  const told = to.legs.at(-1)?.media.pendingLocal;
  assert.ok(told?.media[0]?.lines.some(({ value }) => value === 'sendrecv') || !JSON.stringify(told).includes('only'));
});

/** As the append log has it, in another process. */
function restarted(call: CallState): { readonly next: Bench; readonly again: CallState; readonly goesOn: boolean } {
  const record = JSON.parse(JSON.stringify(takeCall(new LoggedRows(), call, () => null))) as unknown[];
  const rows: unknown[][] = [];
  assert.ok(applyRecord(rows, record));
  const again = readCall(call.callId, rows)?.call ?? assert.fail();
  const next = new Bench();
  const left = { hasLeg: () => true, hasDialog: () => true, media: 'runs', lastRtpUtcMs: null } as const;
  const goesOn = next.engine.resume(again, { ...left, lastKnownUtcMs: call.createdUtcMs + 5000 });
  return { next, again, goesOn };
}

test('kill -9 while the target rings: the two talk on, and the asker is told; the call to the target is ended', () => {
  const bench = new Bench();
  const call = bench.up();
  const to = bench.blind(call, 1);
  bench.ring(to, 1);
  const first = restarted(call);
  assert.deepEqual([first.goesOn, first.again.phase, first.again.handover?.transfer], [true, 'up', null]);
  assert.deepEqual(first.next.said(), ['101 report-refer control-restarted']);
  const second = restarted(to);
  assert.deepEqual([second.goesOn, second.again.cause?.code], [false, 'control-restarted']);
  assert.ok(second.next.said().includes('102 end control-restarted'));
});

test('kill -9 while the other party waits alone: it is hung up, no half call is left', () => {
  const bench = new Bench();
  const call = bench.up();
  bench.blind(call, 1);
  bench.end(call, 1);
  const { next, again, goesOn } = restarted(call);
  assert.deepEqual([goesOn, again.cause?.code], [false, 'control-restarted']);
  assert.deepEqual(next.said(), ['100 end control-restarted']);
});

test('kill -9 as the two are joined: they talk on, and the one that came is told of its ports again', () => {
  const bench = new Bench();
  const call = bench.up();
  const to = bench.blind(call, 1);
  bench.answer(to, 1);
  assert.equal(to.legs.at(-1)?.reoffer, 'own');
  const { next, again, goesOn } = restarted(to);
  assert.deepEqual([goesOn, next.said()], [true, ['100 reoffer']]);
  next.reanswer(again, '100');
  assert.equal(next.talking(again), '100 102');
  const old = restarted(call);
  assert.equal(old.goesOn, false);
  assert.deepEqual(old.next.said(), ['101 end transferred']);
  next.end(again, 1);
  assert.deepEqual(next.said(), ['100 end normal-clearing']);
});
