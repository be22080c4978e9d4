/** REGISTER with digest (REGISTER 401 REGISTER 200), contacts refreshed, at a constant rate; CPU of the server per registration. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { credentialsOf } from '../interop/cases/sipp.case.ts';
import { Sipp, type SippCounts } from '../interop/peers/sipp.ts';
import type { BenchSettings } from './bench-settings.ts';
import { generatorAlone, type Load } from './calls.ts';
import { cpuBetweenUs, readCpu } from './process-cpu.ts';
import type { Result, Row } from './result.ts';
import { type Side, startKamailioSide, startRingdownSide } from './sides.ts';

/** Few, as each is made by the CLI: what is measured is the request, not the size of the table. */
const userCount = 20;
let loads = 0;

async function load(settings: BenchSettings, side: Side, users: readonly string[], calls: number): Promise<SippCounts> {
  loads += 1;
  const folder = join(settings.folder, `register-${loads}`);
  mkdirSync(folder, { recursive: true });
  const sipp = await Sipp.start({
    name: 'phones',
    folder,
    ports: settings.ports,
    scenario: 'register',
    target: `127.0.0.1:${side.port}`,
    users,
    calls,
    perSecond: settings.rate,
    keys: { contact_port: String(await settings.ports.take('sip')) },
  });
  return sipp.finish((calls / settings.rate) * 1000 + 40_000);
}

export async function prepareRegisterLoad(settings: BenchSettings, side: Side): Promise<Load> {
  const users = (await side.users(userCount)).map((user) => credentialsOf(user, user.username));
  return (count) => load(settings, side, users, count);
}

export async function benchRegister(settings: BenchSettings): Promise<Result> {
  // As calls at twice the rate: more messages a second than the registrations will be.
  const generator = await generatorAlone(settings);
  const sides = [
    ...(settings.peerOnly ? [] : [startRingdownSide]),
    (one: BenchSettings) => startKamailioSide(one, { digest: true }),
  ];
  const found = new Map<string, { values: number[]; counts: SippCounts }>();
  for (let run = 0; run < settings.runs; run += 1) {
    for (const start of sides) {
      const side = await start(settings);
      try {
        const make = await prepareRegisterLoad(settings, side);
        await make(settings.rate);
        const before = readCpu(side.pids());
        const counts = await make(settings.rate * settings.seconds);
        const cpuUs = cpuBetweenUs(before, readCpu(side.pids())) / (settings.rate * settings.seconds);
        found.set(side.name, { values: [...(found.get(side.name)?.values ?? []), cpuUs], counts });
      } finally {
        await side.stop();
      }
    }
  }
  const rows: Row[] = [...found].map(([server, { values, counts }]) => ({
    server,
    load: `${settings.rate}/s, ${settings.seconds} s, ${userCount} users`,
    unit: 'us',
    values,
    counted: { failed: counts.failed, retransmissions: counts.retransmissions },
  }));
  return { name: 'register', title: 'REGISTER with digest, CPU of the server per registration', rows, generator };
}
