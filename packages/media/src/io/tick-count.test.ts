import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TickCount } from './tick-count.ts';

const at = (ms: number): Float64Array => Float64Array.of(ms);

for (const { title, looks, ticks, untilUs } of [
  { title: 'none before its time', looks: [1000, 1019.9], ticks: [], untilUs: 100 },
  { title: 'one when it is due', looks: [1020], ticks: [1], untilUs: 20_000 },
  { title: 'each once, however often one looks', looks: [1020, 1025, 1040, 1041], ticks: [1, 2], untilUs: 19_000 },
  { title: 'late ones in a row', looks: [1065.5], ticks: [1, 2, 3], untilUs: 14_500 },
  {
    title: 'after a stall of a minute the last half second',
    looks: [61_000],
    ticks: Array.from({ length: 25 }, (_, at) => 2976 + at),
    untilUs: 20_000,
  },
])
  test(`ticks: ${title}`, () => {
    const count = new TickCount();
    const seen: number[] = [];
    count.start(at(1000));
    for (const nowMs of looks)
      count.catchUp(at(nowMs), { onPacket: () => undefined, onTick: (tick) => void seen.push(tick) });
    assert.deepEqual(seen, ticks);
    assert.equal(count.untilNextUs(at(looks.at(-1) ?? 0)), untilUs);
  });

test('a tick that is overdue is awaited for no time', () => {
  const count = new TickCount();
  count.start(at(0));
  assert.equal(count.untilNextUs(at(35)), 0);
});
