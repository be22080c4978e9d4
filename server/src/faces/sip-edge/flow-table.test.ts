import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flow } from '@ringdown/sip';
import { VirtualClock } from '@ringdown/testkit';
import { FlowTable } from './flow-table.ts';

const address = (port: number) => ({ family: 4, address: '192.0.2.1', port }) as const;
const flowOf = (id: number, kind: Flow['kind'] = 'udp'): Flow => ({
  id,
  kind,
  reliable: kind !== 'udp',
  secure: false,
  local: address(5060),
  remote: address(6000 + id),
  advertised: { host: '192.0.2.1', port: 5060 },
});

function scene() {
  const clock = new VirtualClock();
  const pings: number[] = [];
  const table = new FlowTable({ clock, ping: () => pings.push(clock.nowMs()) });
  return { clock, pings, table };
}

test('a flow is kept for as long as its binding, and pinged meanwhile', () => {
  const { clock, pings, table } = scene();
  table.keep(flowOf(1), { forSec: 60, pingSec: 25 });
  clock.advance(59_999);
  assert.equal(table.get(1)?.remote.port, 6001);
  clock.advance(1);
  assert.deepEqual([pings, table.get(1), table.size], [[25_000, 50_000], undefined, 0]);
  clock.advance(600_000);
  assert.equal(pings.length, 2);
});

test('a refresh prolongs it, a shorter binding over the same flow does not shorten it', () => {
  const { clock, pings, table } = scene();
  table.keep(flowOf(1), { forSec: 60, pingSec: 25 });
  clock.advance(20_000);
  table.keep(flowOf(1), { forSec: 10, pingSec: 25 });
  clock.advance(39_000);
  assert.deepEqual([pings, table.size], [[45_000], 1], 'one series of pings');
  table.keep(flowOf(1), { forSec: 60, pingSec: 0 });
  clock.advance(59_000);
  assert.deepEqual([pings.length, table.size], [1, 1], 'no NAT any more');
  clock.advance(1_000);
  assert.equal(table.size, 0);
});

test('a flow that closed is forgotten with its timer', () => {
  const { clock, pings, table } = scene();
  table.keep(flowOf(1, 'tcp'), { forSec: 600, pingSec: 90 });
  table.drop(flowOf(1, 'tcp'));
  table.drop(flowOf(2));
  clock.advance(600_000);
  assert.deepEqual([pings, table.size], [[], 0]);
});

test('RFC 7118: a WebSocket is not pinged with CRLF', () => {
  const { clock, pings, table } = scene();
  table.keep(flowOf(1, 'wss'), { forSec: 600, pingSec: 90 });
  clock.advance(599_000);
  assert.deepEqual([pings, table.size], [[], 1]);
});
