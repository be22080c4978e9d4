/** What an operator does beside calls: asks the doctor, makes a backup, brings it up again elsewhere. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { run } from '../peers/peer-process.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect } from '../peers/wait.ts';
import type { ServerUnderTest, User } from '../server-under-test.ts';

const program = fileURLToPath(new URL('../../server/bin/ringdown.js', import.meta.url));

interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'failure';
  readonly what: string;
}

async function ringdown(context: CaseContext, name: string, ...args: string[]) {
  const all = ['--conditions=ringdown-source', program, ...args];
  return run({ name, command: process.execPath, args: all, folder: context.folder });
}

function running(context: CaseContext): Ringdown {
  const { server } = context;
  if (server instanceof Ringdown) return server;
  throw new TypeError('this case is for Ringdown');
}

async function doctor(context: CaseContext): Promise<void> {
  const { dataFolder } = running(context);
  const done = await ringdown(context, 'doctor', 'doctor', '--data-folder', dataFolder, '--json');
  const findings = JSON.parse(done.output.slice(done.output.indexOf('['))) as Finding[];
  const failures = findings.filter(({ verdict }) => verdict === 'failure').map(({ what }) => what);
  expect(done.exitCode === 0 && failures.length === 0, `the doctor finds ${failures.join('; ')}`);
  for (const check of ['node', 'server', 'media', 'load', 'ports', 'nat', 'clock', 'certificates', 'limits', 'disk'])
    expect(
      findings.some((finding) => finding.check === check),
      `the doctor does not look at ${check}`,
    );
  const isSaid = findings.some(({ check, what }) => check === 'media' && /cannot mark packets \(DSCP\)/.test(what));
  const isDgram = findings.some(({ check, what }) => check === 'media' && /packets by dgram/.test(what));
  expect(isSaid === isDgram, 'the doctor says the wrong thing of the marks (DSCP) that this I/O can set');
  const ofSignalling = findings.some(
    ({ check, what }) => check === 'signalling' && /cannot be marked \(DSCP 40\)/.test(what),
  );
  expect(ofSignalling, 'the doctor does not say that signalling cannot be marked');
}

async function register(server: ServerUnderTest, { username, password }: User): Promise<void> {
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  await phone.register().finally(() => phone.close());
}

async function backup(context: CaseContext): Promise<void> {
  const { folder, ports } = context;
  const user = await running(context).addUser();
  const kept = join(folder, 'kept');
  await running(context).cli('backup', kept);
  const later = await running(context).addUser();
  const elsewhere = join(folder, '2');
  mkdirSync(join(elsewhere, 'ringdown'), { recursive: true });
  const args = ['restore', kept, '--data-dir', join(elsewhere, 'ringdown', 'data'), '--json'];
  const restored = await ringdown(context, 'restore', ...args);
  expect(restored.exitCode === 0, `restore ended with ${restored.exitCode}\n${restored.tail()}`);
  const again = await ringdown(context, 'restore-again', ...args);
  expect(again.exitCode === 1 && /backup\.data-exists/.test(again.output), `a second restore: ${again.output}`);
  const second = await Ringdown.start({ folder: elsewhere, ports });
  try {
    await register(second, user);
    const code = await register(second, later).then(
      () => 'registered',
      (error: { code?: string }) => error.code,
    );
    expect(code === 'sip_phone_credentials', `a user made after the backup is ${code} there`);
  } finally {
    await second.stop();
  }
}

async function version(context: CaseContext): Promise<void> {
  const done = await ringdown(context, 'version', '--version');
  expect(done.exitCode === 0 && /^\d+\.\d+\.\d+$/m.test(done.output), `--version prints ${done.output}`);
  const unknown = await ringdown(context, 'unknown', 'frobnicate');
  expect(unknown.exitCode === 2, `an unknown command ends with ${unknown.exitCode}`);
  const absent = await ringdown(context, 'absent', 'user', 'list', '--data-dir', join(context.folder, 'nowhere'));
  expect(absent.exitCode === 3, `a command without a server ends with ${absent.exitCode}`);
}

export const cases: readonly InteropCase[] = [
  { name: 'operator: the doctor finds nothing amiss, and says what this I/O cannot do', needs: [], run: doctor },
  { name: 'operator: backup and restore', needs: [], run: backup },
  { name: 'operator: version and exit codes', needs: [], run: version },
];
