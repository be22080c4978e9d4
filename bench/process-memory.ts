/**
 * What the processes of a Ringdown hold, after a forced collection of garbage: resident memory from /proc, and the heap as V8's
 * inspector says it. The inspector is opened by SIGUSR1 (Node's own way) on a port of its choice and asked over its protocol.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ringdown } from '../interop/peers/ringdown.ts';
import { roleOf } from './thread-cpu.ts';

export interface Memory {
  /** All processes. */
  readonly residentBytes: number;
  /** By role: supervisor, control, media. */
  readonly residentOf: Readonly<Record<string, number>>;
  /** V8's heap of the control process's main thread. */
  readonly controlHeapBytes: number;
  /** Array buffers of the same. */
  readonly controlBufferBytes: number;
}

const restMs = 34_000;
const snapshotMs = 60_000;
const snapshotSignal = 'SIGUSR2';

/** NODE_OPTIONS for the server: each process opens its inspector on a free port when told to; snapshots go to `snapshots`. */
export function readableOptions(snapshots: string | undefined): string {
  const inspector = '--inspect-port=0';
  return snapshots === undefined
    ? inspector
    : `${inspector} --heapsnapshot-signal=${snapshotSignal} --diagnostic-dir=${snapshots}`;
}

export class MemoryReader {
  readonly #server: Ringdown;
  readonly #inspectors = new Map<number, string>();

  constructor(server: Ringdown) {
    this.#server = server;
  }

  /** Rests first: answered transactions are kept for up to 32 s (RFC 3261 §17.2, timers H and J), and belong to no call and no binding. */
  async read(): Promise<Memory> {
    await pause(restMs);
    const residentOf: Record<string, number> = {};
    let heap: HeapUsage = { usedSize: 0, backingStorageSize: 0 };
    for (const pid of this.#server.pids()) {
      const usage = await collectGarbage(await this.#inspectorOf(pid));
      const role = roleOf(pid);
      if (role === 'control') heap = usage;
    }
    // What was freed goes back to the system a little later.
    await pause(3_000);
    for (const pid of this.#server.pids()) {
      const role = roleOf(pid);
      residentOf[role] = (residentOf[role] ?? 0) + residentBytesOf(pid);
    }
    const residentBytes = Object.values(residentOf).reduce((a, b) => a + b, 0);
    const { usedSize, backingStorageSize = 0 } = heap;
    return { residentBytes, residentOf, controlHeapBytes: usedSize, controlBufferBytes: backingStorageSize };
  }

  /**
   * Has the control process write a heap snapshot, as Chromium's developer tools read it. It answers nothing meanwhile, so the supervisor
   * may put another in its place: nothing can be measured of this server afterwards.
   */
  async snapshot(): Promise<void> {
    const pid = this.#server.pids().find((one) => roleOf(one) === 'control');
    if (pid === undefined) return;
    process.kill(pid, snapshotSignal);
    await pause(snapshotMs);
  }

  async #inspectorOf(pid: number): Promise<string> {
    const known = this.#inspectors.get(pid);
    if (known !== undefined) return known;
    const before = this.#listed();
    process.kill(pid, 'SIGUSR1');
    for (let tries = 0; tries < 100; tries += 1) {
      await pause(50);
      const added = this.#listed().find((url) => !before.includes(url));
      if (added === undefined) continue;
      this.#inspectors.set(pid, added);
      return added;
    }
    throw new TypeError(`process ${pid} did not open its inspector`);
  }

  /** The detached processes write to files, the supervisor to us. */
  #listed(): string[] {
    const folder = join(this.#server.dataFolder, 'log');
    const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    const text = [this.#server.process.logFile, ...files].map((file) => readFileSync(file, 'latin1')).join('\n');
    return [...text.matchAll(/Debugger listening on (ws:\S+)/g)].map((match) => match[1] ?? '');
  }
}

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize?: number;
}

async function collectGarbage(url: string): Promise<HeapUsage> {
  const collect = 'HeapProfiler.collectGarbage';
  const results = await converse(url, [collect, collect, 'Runtime.getHeapUsage']);
  return results.at(-1) as HeapUsage;
}

/** Asks one after the other; gives the results. */
function converse(url: string, methods: readonly string[]): Promise<unknown[]> {
  const socket = new WebSocket(url);
  const results: unknown[] = [];
  const ask = () => socket.send(JSON.stringify({ id: results.length, method: methods[results.length] }));
  return new Promise((done, failed) => {
    socket.onerror = () => failed(new TypeError(`the inspector at ${url} does not answer`));
    socket.onopen = ask;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (message.id === undefined) return;
      results.push(message.result);
      if (results.length < methods.length) return ask();
      socket.close();
      done(results);
    };
  });
}

function residentBytesOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(line?.[1] ?? 0) * 1024;
}
