/** REGISTER with digest (REGISTER 401 REGISTER 200), contacts refreshed, at a constant rate; CPU of the server per registration. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { credentialsOf } from '../interop/cases/sipp.case.ts';
import { Sipp } from '../interop/peers/sipp.ts';
import type { BenchSettings } from './bench-settings.ts';
import { generatorAlone } from './calls.ts';
import type { Result } from './result.ts';
import { type Side, startKamailioSide } from './sides.ts';
import type { Load, Loaded } from './signalling-load.ts';
import { signallingRows } from './signalling-rows.ts';

/** Few, as each is made by the CLI: what is measured is the request, not the size of the table. */
const userCount = 20;
let loads = 0;

interface RegisterLoad {
  readonly port: number;
  readonly users: readonly string[];
  readonly rate: number;
  readonly calls: number;
  readonly graceMs?: number | undefined;
}

async function load(settings: BenchSettings, options: RegisterLoad): Promise<Loaded> {
  const { port, users, rate, calls, graceMs } = options;
  loads += 1;
  const folder = join(settings.folder, `register-${loads}`);
  mkdirSync(folder, { recursive: true });
  const sipp = await Sipp.start({
    name: 'phones',
    folder,
    ports: settings.ports,
    scenario: 'register',
    target: `127.0.0.1:${port}`,
    users,
    calls,
    perSecond: rate,
    keys: { contact_port: String(await settings.ports.take('sip')) },
  });
  const planMs = (calls / rate) * 1000;
  const counts = await (graceMs === undefined ? sipp.finish(planMs + 40_000) : sipp.finishWithin(planMs + graceMs));
  return { ...counts, setUpMs: [] };
}

export async function prepareRegisterLoad(settings: BenchSettings, side: Side): Promise<Load> {
  const users = (await side.users(userCount)).map((user) => credentialsOf(user, user.username));
  return (calls, rate, graceMs) => load(settings, { port: side.port, users, rate, calls, graceMs });
}

export async function benchRegister(settings: BenchSettings): Promise<Result> {
  // As calls at twice the rate: more messages a second than the registrations will be.
  const generator = await generatorAlone(settings);
  const rows = await signallingRows(settings, {
    prepare: prepareRegisterLoad,
    startPeer: (one) => startKamailioSide(one, { digest: true }),
    describe: (rate) => `${rate}/s, ${settings.seconds} s, ${userCount} users`,
  });
  return { name: 'register', title: 'REGISTER with digest, CPU of the server per registration', rows, generator };
}
