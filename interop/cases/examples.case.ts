/** Every program of examples/, run as its reader would, against the server. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { run } from '../peers/peer-process.ts';
import { expect } from '../peers/wait.ts';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));

/** What each prints when all is well. */
const checks: Readonly<Record<string, (context: CaseContext, file: string) => Promise<void>>> = {
  'echo-round-trip.ts': async (context, file) => {
    const { server } = context;
    const user = await server.addUser();
    const place = `${server.host}:${server.udpPort}`;
    const output = await runExample(context, file, [place, user.username, user.password]);
    const [, ms] = /^round trip (\d+\.\d) ms$/m.exec(output) ?? [];
    // There and back on loopback, 20 ms of packet and the echo's own.
    expect(Number(ms) > 0 && Number(ms) < 200, `a round trip of ${ms} ms\n${output}`);
  },
};

async function runExample(context: CaseContext, file: string, args: readonly string[]): Promise<string> {
  const done = await run({
    name: file.replace('.ts', ''),
    command: process.execPath,
    args: ['--conditions=ringdown-source', join(folder, file), ...args],
    folder: context.folder,
  });
  expect(done.exitCode === 0, `${file} ended with ${done.exitCode}\n${done.tail()}`);
  return done.output;
}

export const cases: readonly InteropCase[] = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({
    name: `examples: ${file}`,
    needs: [],
    run: async (context) => {
      const check = checks[file];
      expect(check !== undefined, `nothing checks what examples/${file} prints`);
      await check?.(context, file);
    },
  }));
