import assert from 'node:assert/strict';
import { devNull } from 'node:os';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { superviseChildren } from './supervisor.ts';

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('stopped before it has heard of a child, the supervisor leaves none behind', async () => {
  const supervisor = superviseChildren({
    children: [
      {
        spec: { name: 'mute', args: ['-e', 'setInterval(() => {}, 1000)'], logFile: devNull, env: process.env },
        connect: () => Promise.reject(new RangeError('nobody listens')),
      },
    ],
    nowMs: () => performance.now(),
    report: () => undefined,
  });
  while (supervisor.pids().size === 0) await pause(10);
  const pid = supervisor.pids().get('mute') ?? 0;
  assert.ok(exists(pid));
  supervisor.stop();
  for (let tries = 0; tries < 500 && exists(pid); tries++) await pause(10);
  assert.ok(!exists(pid));
});
