import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortPool } from './port-pool.ts';

const pool = (min: number, max: number, start = 0) =>
  new PortPool({ min, max, quarantineMs: 1000, random: (below) => Math.min(start, below - 1) });

test('ports are even, distinct, within the range, and run out as a value', () => {
  const ports = pool(4001, 4010, 3);
  const taken = [1, 2, 3, 4, 5].map(() => ports.take(0));
  assert.deepEqual(taken, [4008, 4002, 4004, 4006, null]);
  assert.equal(ports.unused, 0);
});

test('a port in quarantine is passed over while there is another', () => {
  const ports = pool(4000, 4005);
  assert.equal(ports.take(0), 4000);
  ports.release(4000, 500);
  assert.deepEqual([ports.take(600), ports.take(600)], [4002, 4004]);
  assert.equal(ports.take(1500), 4000);
});

test('when all others are in use, the port that was given back longest ago is taken out of quarantine', () => {
  const ports = pool(4000, 4005);
  const taken = [ports.take(0), ports.take(0), ports.take(0)];
  assert.deepEqual(taken, [4000, 4002, 4004]);
  ports.release(4002, 100);
  ports.release(4000, 200);
  assert.deepEqual([ports.take(300), ports.take(300), ports.take(300)], [4002, 4000, null]);
});

test('a port given back twice, or never taken, is not counted twice', () => {
  const ports = pool(4000, 4003);
  const port = ports.take(0);
  assert.equal(port, 4000);
  ports.release(4000, 0);
  ports.release(4000, 0);
  ports.release(4002, 0);
  ports.release(9998, 0);
  assert.equal(ports.unused, 2);
});

test('a range too small for a pair has none', () => {
  assert.equal(pool(4001, 4002).take(0), null);
  assert.equal(pool(4001, 4003).pairs, 1);
});

test('where another program has a port, the next is looked for elsewhere', () => {
  const starts = [0, 3];
  const ports = new PortPool({ min: 4000, max: 4009, quarantineMs: 1000, random: () => starts.shift() ?? 0 });
  assert.equal(ports.take(0), 4000);
  ports.avoid(4000, 0);
  assert.deepEqual([ports.take(0), ports.take(0), ports.take(0)], [4006, 4008, 4002]);
  assert.equal(ports.unused, 2);
});
