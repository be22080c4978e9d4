/** Phones where the server cannot reach them: behind a router with private addresses; and phones of two address families. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AudioSocket, measureRoundTrip } from '@ringdown/media/audio';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { NatNetwork } from '../peers/nat-network.ts';
import type { PeerProcess } from '../peers/peer-process.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect } from '../peers/wait.ts';

const programs = fileURLToPath(new URL('../programs/', import.meta.url));
const node = ['--conditions=ringdown-source'];

async function ownServer(context: CaseContext, listen: readonly string[]): Promise<Ringdown> {
  const { folder, ports } = context;
  return context.keep(await Ringdown.start({ folder: join(folder, 's'), ports, listen }));
}

function roundTripOf(phone: PeerProcess): number {
  const [, ms] = /^round trip (\d+\.\d) ms$/m.exec(phone.output) ?? [];
  return Number(ms);
}

/** Both phones are at private addresses behind one router, which gives each flow a port of its own. */
async function oneNat(context: CaseContext): Promise<void> {
  const network = context.keep(await NatNetwork.open({ folder: context.folder, number: 41 }));
  const server = await ownServer(context, [network.outside]);
  const [here, there] = [await server.addUser(), await server.addUser()];
  const place = `${network.outside}:${server.udpPort}`;
  const start = (name: string, host: number, ...args: string[]) =>
    context.keep(network.start(name, host, process.execPath, [...node, join(programs, `${name}.ts`), place, ...args]));
  const callee = start('echo-phone', 2, there.username, there.password);
  await callee.waitForOutput(/registered for/, { withinMs: 10_000 });
  const caller = start('calling-phone', 3, here.username, here.password, there.extension);
  const code = await caller.waitForExit(20_000);
  expect(code === 0, `the caller ended with ${code}\n${caller.tail()}\n${callee.tail()}`);
  const ms = roundTripOf(caller);
  expect(ms > 0 && ms < 300, `a round trip of ${ms} ms\n${caller.output}`);
  await callee.waitForOutput(/ended hung-up/, { withinMs: 5_000 });
  // Neither phone is reachable at what its Contact and its SDP said; the server must have gone by where they came from.
  const calls = JSON.stringify(await server.cli('calls', 'history'));
  expect(calls.includes('answered'), `the server's record: ${calls}`);
}

/** The server speaks both families; each leg's media is bound in its own. */
async function twoFamilies(context: CaseContext): Promise<void> {
  const server = await ownServer(context, ['127.0.0.1', '::1']);
  const [here, there] = [await server.addUser(), await server.addUser()];
  const echo = await AudioSocket.open({ address: '::1' });
  const voice = await AudioSocket.open({ address: '127.0.0.1' });
  echo.onFrame = ({ pcm }) => void echo.say(pcm);
  const callee = await createPhone({
    server: `[::1]:${server.udpPort}`,
    domain: server.domain,
    username: there.username,
    password: there.password,
    onCall: (call) => {
      echo.connect(call.remoteBody);
      void call.answer(echo.description);
    },
  });
  const { username, password } = here;
  const caller = await createPhone({ server: `127.0.0.1:${server.udpPort}`, username, password });
  try {
    await Promise.all([callee.register(), caller.register()]);
    const call = await caller.call(there.extension, { body: voice.description });
    const answer = new TextDecoder().decode(call.remoteBody?.bytes);
    expect(answer.includes('c=IN IP4 127.0.0.1'), `the IPv4 phone was told\n${answer}`);
    voice.connect(call.remoteBody);
    const { medianMs } = await measureRoundTrip(voice, { times: 3 });
    expect(medianMs > 0 && medianMs < 300, `a round trip of ${medianMs} ms from IPv4 to IPv6 and back`);
    await call.hangUp();
  } finally {
    voice.close();
    echo.close();
    await caller.close();
    await callee.close();
  }
}

export const cases: readonly InteropCase[] = [
  { name: 'nat: two phones behind one router', needs: ['ip', 'iptables'], run: oneNat },
  { name: 'nat: IPv4 to IPv6, sound there and back', needs: [], run: twoFamilies },
];
