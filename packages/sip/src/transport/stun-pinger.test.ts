import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '@ringdown/testkit';
import type { SocketAddress } from './flow.ts';
import { StunPinger } from './stun-pinger.ts';

const home: SocketAddress = { family: 4, address: '192.0.2.1', port: 40_000 };

/** Answers from what `seen` says; null: silence. */
function scene(seen: () => SocketAddress | null) {
  const clock = new VirtualClock();
  const sentMs: number[] = [];
  const failures: string[] = [];
  let ids = 0;
  const pinger = new StunPinger({
    clock,
    everyMs: () => 25_000,
    newId: () => String(++ids).padStart(12, '0'),
    send: (bytes) => {
      sentMs.push(clock.nowMs());
      const from = seen();
      const id = String.fromCharCode(...bytes.subarray(8, 20));
      if (from !== null) pinger.answered({ id, seen: from });
    },
    onFailed: (detail) => failures.push(detail),
  });
  pinger.start();
  return { clock, sentMs, failures, pinger };
}

test('RFC 5626 §4.4.2: a flow that answers is pinged again and again, and lives', () => {
  const { clock, sentMs, failures } = scene(() => home);
  clock.advance(100_000);
  assert.deepEqual([sentMs, failures], [[25_000, 50_000, 75_000, 100_000], []]);
});

test('RFC 8489 §6.2.1: seven requests, and the flow has failed 39.5 s after the first', () => {
  const { clock, sentMs, failures } = scene(() => null);
  clock.advance(25_000 + 39_499);
  assert.deepEqual(
    sentMs.map((ms) => ms - 25_000),
    [0, 500, 1500, 3500, 7500, 15_500, 31_500],
  );
  assert.deepEqual(failures, []);
  clock.advance(1);
  assert.deepEqual(failures, ['keep-alives are not answered']);
  clock.advance(100_000);
  assert.equal(sentMs.length, 7, 'once');
});

test('RFC 5626 §4.4.2: seen from another address the flow has failed', () => {
  let port = 40_000;
  const { clock, failures } = scene(() => ({ ...home, port: port++ }));
  clock.advance(50_000);
  assert.deepEqual(failures, ['seen from 192.0.2.1 port 40001, before from 192.0.2.1 port 40000']);
});

test('an answer to another request does not count', () => {
  const { clock, failures, pinger } = scene(() => null);
  clock.advance(25_000);
  pinger.answered({ id: 'abcdefghijkl', seen: home });
  clock.advance(40_000);
  assert.equal(failures.length, 1);
});
