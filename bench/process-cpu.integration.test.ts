/** The meter: a process that burns is seen to burn, its worker threads too; one that sleeps is not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { cpuBetweenUs, LostProcessError, readCpu } from './process-cpu.ts';

const burner = `
  const { Worker, isMainThread } = require('node:worker_threads');
  if (isMainThread) {
    process.stdout.write('up');
    process.stdin.once('data', () => new Worker(process.argv[1] ?? '', { eval: false }).on('exit', () => process.stdout.write('done')));
  }`;

test('the CPU of a worker thread is counted', async () => {
  const source = `${burner.replace("process.argv[1] ?? ''", "'const t = performance.now(); while (performance.now() - t < 300);'").replace('eval: false', 'eval: true')}`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const before = readCpu([child.pid!]);
    child.stdin.write('go');
    await once(child.stdout, 'data');
    const burntUs = cpuBetweenUs(before, readCpu([child.pid!]));
    assert.ok(burntUs >= 150_000, `${burntUs}`);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a process that ended between two readings is refused', () => {
  const before = { perProcess: new Map([[1, 10]]), residentBytes: 0 };
  assert.throws(() => cpuBetweenUs(before, { perProcess: new Map(), residentBytes: 0 }), LostProcessError);
});
