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

test('a port comes back after its quarantine, not before', () => {
  const ports = pool(4000, 4001);
  assert.equal(ports.take(0), 4000);
  ports.release(4000, 500);
  assert.equal(ports.unused, 1);
  assert.equal(ports.take(1499), null);
  assert.equal(ports.take(1500), 4000);
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
