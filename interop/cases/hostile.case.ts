/** A running server under volleys of everything a stranger can throw: a call that is up hears nothing of it, new calls are made, memory stays as it is. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AudioSocket, measureRoundTrip } from '@ringdown/media/audio';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Ports } from '../peers/ports.ts';
import { Ringdown } from '../peers/ringdown.ts';
import type { Volley, VolleyTarget } from '../peers/volley.ts';
import { expect } from '../peers/wait.ts';

/** The first ones fill what is bounded, and have the compiler do its work. */
const warming = 2;
const volleys = 3;
/** Between two collections of garbage the same state is held by so much more or less. */
/** What a machine that is busy with making volleys adds. A hole in the sound is no round trip at all. */
const mostRoundTripMs = 400;
const mostGrowthBytes = 40 * 2 ** 20;

async function underVolleys(context: CaseContext): Promise<void> {
  await greet(context);
  // Of a region of its own: the capture of the run is held to be free of malformed messages.
  const ports = new Ports();
  const wsPort = await ports.take('sip');
  const server = context.keep(await Ringdown.start({ folder: join(context.folder, 'h'), ports, wsPort }));
  const target = {
    host: server.host,
    udpPort: server.udpPort,
    tcpPort: server.tcpPort,
    tlsPort: server.tlsPort,
    wsPort,
  };
  const [here, there] = [await server.addUser(), await server.addUser()];
  const at = `${server.host}:${server.udpPort}`;
  const echo = await AudioSocket.open({ address: server.host });
  const voice = await AudioSocket.open({ address: server.host });
  echo.onFrame = ({ pcm }) => void echo.say(pcm);
  const callee = await createPhone({
    ...{ server: at, username: there.username, password: there.password },
    onCall: (call) => {
      echo.connect(call.remoteBody);
      void call.answer(echo.description);
    },
  });
  const caller = await createPhone({ server: at, username: here.username, password: here.password });
  try {
    await Promise.all([callee.register(), caller.register()]);
    const call = await caller.call(there.extension, { body: voice.description });
    voice.connect(call.remoteBody);
    const thrown: Volley[] = [];
    for (let seed = 1; seed <= warming; seed += 1) thrown.push(await throwVolley(target, seed));
    const before = residentBytes(server.pids());
    for (let seed = 1; seed <= volleys; seed += 1) {
      const [volley, { valuesMs }] = await Promise.all([
        throwVolley(target, warming + seed),
        measureRoundTrip(voice, { times: 6 }),
      ]);
      thrown.push(volley);
      expect(
        Math.max(...valuesMs) < mostRoundTripMs,
        `sound under a volley took ${valuesMs.map(Math.round).join(', ')} ms`,
      );
    }
    const grownBytes = residentBytes(server.pids()) - before;
    expect(grownBytes < mostGrowthBytes, `${Math.round(grownBytes / 2 ** 20)} MB more after ${volleys} volleys`);
    const amplification = Math.max(...thrown.map((one) => one.amplification));
    expect(amplification < 1.5, `${amplification.toFixed(2)} octets were answered for each that was sent`);
    const end = await call.hangUp();
    expect(end.why === 'hung-up' && end.by === 'local', `the call ended ${end.why} by ${end.by}`);
    const again = await caller.call(there.extension, { body: voice.description });
    await again.hangUp();
    const log = readFileSync(join(server.dataFolder, 'log', 'control.log'), 'utf8');
    const defects = log.split('\n').filter((line) => /defect|could not do what it was told/.test(line));
    expect(defects.length === 0, `${defects.length} defects in the log:\n${defects.slice(0, 3).join('\n')}`);
  } finally {
    voice.close();
    echo.close();
    await Promise.all([caller.close(), callee.close()]);
  }
}

async function throwVolley(target: VolleyTarget, seed: number): Promise<Volley> {
  const worker = new Worker(new URL('../peers/volley-worker.ts', import.meta.url), { workerData: { target, seed } });
  const [volley] = (await once(worker, 'message')) as [Volley];
  await worker.terminate();
  return volley;
}

/** The run's own server is called too: a capture without any SIP would be no capture. */
async function greet({ server }: CaseContext): Promise<void> {
  const { username, password } = await server.addUser();
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  await phone.register();
  await phone.close();
}

function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return sum + Number(kilobytes) * 1024;
  }, 0);
}

export const cases: readonly InteropCase[] = [
  { name: 'hostile: a call goes on under volleys of everything', needs: [], withinMs: 120_000, run: underVolleys },
];
