/**
 * `ringdown doctor`: looks at everything that keeps a telephone system from working and that a program can see, with the server running or not, and
 * says what to do. Takes the settings of `start`.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { connectAdmin } from '#base/admin';
import type { BootstrapConfig } from '#base/config';
import { toAppError } from '#base/errors';
import { type Places, placesIn } from '../places.ts';
import { readConfiguration } from '../read-configuration.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkClock } from './check-clock.ts';
import { checkDisk } from './check-disk.ts';
import { checkLimits } from './check-limits.ts';
import { checkNat } from './check-nat.ts';
import { checkPorts } from './check-ports.ts';
import { checkServer, type ServerStatus } from './check-server.ts';
import { type Finding, failure, ok, type Verdict, warning } from './finding.ts';
import { readClock } from './read-clock.ts';

export interface DoctorOutput {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** @returns the exit code: 0 nothing fails, 1 something does, 2 wrong settings. */
export async function runDoctor(flags: readonly string[], output: DoctorOutput): Promise<number> {
  const isJson = flags.includes('--json');
  let config: BootstrapConfig;
  try {
    ({ config } = readConfiguration(flags.filter((flag) => flag !== '--json')));
  } catch (error) {
    output.printError(toAppError(error).message);
    return 2;
  }
  const findings = await examine(config);
  output.print(isJson ? JSON.stringify(findings) : formatFindings(findings));
  return findings.some(({ verdict }) => verdict === 'failure') ? 1 : 0;
}

/** A running server is held against what it was started with, else the settings given here. */
async function examine(given: BootstrapConfig): Promise<Finding[]> {
  const places = placesIn(given.dataFolder);
  const status = await askStatus(places);
  const config = status?.config ?? given;
  const addresses = Object.values(networkInterfaces()).flatMap((rows) => (rows ?? []).map(({ address }) => address));
  const clock = await readClock();
  const names = config.sip.advertisedAddress === undefined ? [] : [config.sip.advertisedAddress];
  return [
    ...checkNode(process.versions.node),
    ...checkServer(status),
    ...(await checkPorts(config, status !== null)),
    ...checkNat(addresses, config),
    ...checkClock(clock),
    ...checkCertificates({
      folder: places.certificates,
      names: [...names, ...config.sip.domains],
      nowUtcMs: clock.utcMs,
    }),
    ...checkLimits(readLimits(), config),
    ...checkDisk(places),
  ];
}

async function askStatus(places: Places): Promise<ServerStatus | null> {
  try {
    const admin = await connectAdmin({ socketPath: places.controlSocket, timeoutMs: 5000 });
    return (await admin.ask('status').finally(() => admin.close())) as ServerStatus;
  } catch {
    // Nobody answers: it does not run, and the findings say so.
    return null;
  }
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Not Linux.
    return '';
  }
}

export function checkNode(version: string): Finding[] {
  const major = Number(version.split('.')[0]);
  if (major < 24) return [failure('node', `Node ${version}`, 'Use Node 24 or newer; 26 comes with the packages.')];
  if (major !== 26) return [warning('node', `Node ${version}`, 'It is tested most with Node 26.')];
  return [ok('node', `Node ${version}`)];
}

const marks: Readonly<Record<Verdict, string>> = { ok: 'ok   ', warning: 'warn ', failure: 'FAIL ' };

export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, verdict, what, advice }) => [
    `${marks[verdict]} ${check.padEnd(width)}  ${what}`,
    ...(advice === undefined ? [] : [`${' '.repeat(width + 8)}${advice}`]),
  ]);
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  return [...lines, '', `${count('failure')} failures, ${count('warning')} warnings, ${count('ok')} ok`].join('\n');
}
