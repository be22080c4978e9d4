/**
 * Runs the cases of interop/cases against Ringdown (or `--server kamailio`, to prove the drivers), one line each; last line
 * `N passed, N failed`. A capture of the whole run is judged at the end as a case of its own. A missing program is a failure.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CaseContext, type InteropCase } from './case-context.ts';
import { startKamailioServer } from './peers/kamailio-server.ts';
import { run } from './peers/peer-process.ts';
import { Ports } from './peers/ports.ts';
import { Ringdown } from './peers/ringdown.ts';
import { Tshark } from './peers/tshark.ts';
import { expect, within } from './peers/wait.ts';
import type { ServerKind, ServerUnderTest } from './server-under-test.ts';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    server: { type: 'string', default: 'ringdown' },
    jobs: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
    'no-capture': { type: 'boolean', default: false },
  },
});
const kind: ServerKind = flags.server === 'kamailio' ? 'kamailio' : 'ringdown';
const outFolder = join(fileURLToPath(new URL('.', import.meta.url)), 'out', `${kind}-${process.pid}`);
const caseWithinMs = 60_000;
/** For a case of 1,000 calls. */
const mediaPorts = 2_000;
let passed = 0;
let failed = 0;

async function loadCases(): Promise<InteropCase[]> {
  const folder = fileURLToPath(new URL('./cases/', import.meta.url));
  const cases: InteropCase[] = [];
  for (const file of readdirSync(folder)
    .filter((one) => one.endsWith('.case.ts'))
    .sort()) {
    const loaded = (await import(join(folder, file))) as { cases?: readonly InteropCase[] };
    expect(loaded.cases !== undefined, `${file} exports no cases`);
    cases.push(...(loaded.cases ?? []));
  }
  const { only } = flags;
  const chosen = cases.filter((one) => only === undefined || only.some((part) => one.name.includes(part)));
  return chosen.filter((one) => (one.servers ?? ['ringdown']).includes(kind));
}

async function missing(needs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    needs.map(async (name) => {
      const which = await run({
        name: `which-${name}`,
        command: 'sh',
        args: ['-c', `command -v ${name}`],
        folder: outFolder,
      });
      return which.exitCode === 0 ? undefined : name;
    }),
  );
  return found.filter((name) => name !== undefined);
}

async function report(name: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  try {
    await work();
    passed += 1;
    console.log(`ok    ${name} (${Math.round(performance.now() - startMs)} ms)`);
  } catch (error) {
    failed += 1;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(`FAIL  ${name} (${Math.round(performance.now() - startMs)} ms)\n${text.replaceAll(/^/gm, '      ')}`);
  }
}

let folders = 0;

/** Short: baresip cuts off the names of sound files, and sockets have a limit of their own. */
function caseFolder(name: string): string {
  folders += 1;
  return join(outFolder, `${folders}-${name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 20)}`);
}

async function runCase(one: InteropCase, shared: { ports: Ports; server: ServerUnderTest }): Promise<void> {
  await report(one.name, async () => {
    const absent = await missing(one.needs);
    expect(absent.length === 0, `not installed: ${absent.join(', ')} (see .ci/run for the packages)`);
    const folder = caseFolder(one.name);
    const context = new CaseContext({ ...shared, folder });
    try {
      await within(one.name, one.withinMs ?? caseWithinMs, one.run(context));
    } finally {
      await context.end();
    }
  });
}

async function judgeCapture(capture: Tshark): Promise<void> {
  await report('tshark finds no malformed SIP, RTP or RTCP in the whole run', async () => {
    await capture.stop();
    const verdict = await capture.verdict();
    console.log(
      `      ${verdict.frames} frames: ${verdict.sip} SIP, ${verdict.rtp} RTP, ${verdict.rtcp} RTCP, ${verdict.unknownMedia} unknown on media ports`,
    );
    expect(verdict.sip > 0, 'tshark understood no SIP: it looked at the wrong ports');
    expect(verdict.faults.length === 0, `${verdict.faults.length} faults:\n${verdict.faults.slice(0, 20).join('\n')}`);
    expect(verdict.unknownMedia === 0, `${verdict.unknownMedia} packets on media ports are neither RTP nor RTCP`);
  });
}

async function main(): Promise<void> {
  const cases = await loadCases();
  if (flags.list) {
    for (const one of cases) console.log(one.name);
    return;
  }
  expect(cases.length > 0, 'no case chosen: see --list');
  rmSync(outFolder, { recursive: true, force: true });
  mkdirSync(outFolder, { recursive: true });
  const ports = new Ports();
  const capture = flags['no-capture'] ? undefined : await Tshark.start({ folder: outFolder, ports });
  const options = { folder: outFolder, ports };
  const server =
    kind === 'kamailio' ? await startKamailioServer(options) : await Ringdown.start({ ...options, mediaPorts });
  const queue = [...cases];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await runCase(next, { ports, server });
  };
  await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
  await report(`${kind} stops cleanly`, () => server.stop());
  if (capture !== undefined) await judgeCapture(capture);
}

try {
  await main();
} catch (error) {
  failed += 1;
  console.log(`FAIL  the run itself\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
if (!flags.list) console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
