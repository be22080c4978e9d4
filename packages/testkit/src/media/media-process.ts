/** The real `ringdown-media` as a child process on a socket of its own, for integration tests. Waits on conditions, never for a time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectUnixSocket, createMediaClient } from '@ringdown/media/protocol';
import type { MediaHarness } from './media-contract.ts';

const program = fileURLToPath(new URL('../../../media/bin/ringdown-media.js', import.meta.url));
/** Per process, so that tests that run at once do not meet; the engine passes by ports that are taken anyway. */
const firstPort = 42_000 + (process.pid % 40) * 200;

/** Polls, since what is awaited happens in another process. */
export async function untilTrue(done: () => boolean, limitMs = 20_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!done()) {
    if (performance.now() > endMs) throw new ConditionTimeoutError(limitMs);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export class ConditionTimeoutError extends Error {
  readonly code = 'condition_timeout';
  constructor(limitMs: number) {
    super(`the condition did not come true within ${limitMs} ms`);
    this.name = 'ConditionTimeoutError';
  }
}

export interface MediaProcess extends MediaHarness {
  readonly socketPath: string;
  readonly child: ChildProcess;
  /** Its exit code once it has ended, null before. */
  exitCode(): number | null;
  /** Everything on standard error. */
  log(): string;
}

export async function startMediaProcess(extraArguments: readonly string[] = []): Promise<MediaProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-media-'));
  const socketPath = join(folder, 'control.sock');
  const args = ['--conditions=ringdown-source', program, '--socket', socketPath];
  const ports = ['--port-min', String(firstPort), '--port-max', String(firstPort + 199)];
  const child = spawn(process.execPath, [...args, ...ports, ...extraArguments], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.on('data', (text) => {
    log += text;
  });
  await untilTrue(() => log.includes('"ready"') || child.exitCode !== null);
  if (child.exitCode !== null) throw new MediaProcessEndedError(log);
  return {
    socketPath,
    child,
    exitCode: () => child.exitCode,
    log: () => log,
    createClient: (options) => createMediaClient({ ...options, connect: connectUnixSocket(socketPath) }),
    sendRaw: (bytes) => sendRaw(socketPath, bytes),
    until: untilTrue,
    async close() {
      child.kill('SIGKILL');
      await untilTrue(() => child.exitCode !== null || child.signalCode !== null);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export class MediaProcessEndedError extends Error {
  readonly code = 'media_process_ended';
  constructor(log: string) {
    super(`ringdown-media did not start: ${log}`);
    this.name = 'MediaProcessEndedError';
  }
}

async function sendRaw(socketPath: string, bytes: Uint8Array): Promise<{ text: string; closed: boolean }> {
  const socket = createConnection(socketPath);
  let text = '';
  let closed = false;
  socket.on('data', (received) => {
    text += received.toString('latin1');
  });
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => {});
  socket.write(bytes);
  await untilTrue(() => text !== '');
  // A frame too long ends the connection behind the reply; that close is on its way or never comes.
  if (text.includes('octets, the limit')) await untilTrue(() => closed);
  const result = { text, closed };
  socket.destroy();
  return result;
}
