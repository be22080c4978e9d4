/** Kamailio as the far trunk: calls out to it, calls in from it, by address and by registration; and a trunk that leads back to us. */
import { join } from 'node:path';
import { AudioSocket } from '@ringdown/media/audio';
import { PhoneError } from '@ringdown/sip';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Kamailio } from '../peers/kamailio.ts';
import { Nsd } from '../peers/nsd.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect, waitFor } from '../peers/wait.ts';
import { credentialsOf, registerAt } from './sipp.case.ts';

const calls = 20;
const perSecond = 10;
const needs = ['kamailio', 'sipp'];
/** What outside callers dial, and what goes out. */
const ours = '+4930555100';
const outsidePrefix = '9';

interface FarSide {
  readonly trunk: Kamailio;
  readonly farPort: number;
}

async function startFarSide(context: CaseContext, options: { password?: string } = {}): Promise<FarSide> {
  const farPort = await context.ports.take('sip');
  const trunk = context.keep(
    await Kamailio.start({
      name: 'trunk',
      folder: context.folder,
      ports: context.ports,
      config: 'trunk',
      farPort,
      usPort: context.server.udpPort,
      ...(options.password === undefined ? {} : { defines: ['WITH_AUTH'], password: options.password }),
    }),
  );
  return { trunk, farPort };
}

async function callOut(context: CaseContext, farPort: number, prefix: string): Promise<void> {
  const user = await context.server.addUser();
  const far = await context.sipp({ name: 'far', port: farPort, scenario: 'answer', calls, traceMessages: true });
  const near = await context.sipp({
    name: 'near',
    scenario: 'call',
    target: context.serverAddress('udp'),
    users: [credentialsOf(user, `${prefix}4930111`)],
    calls,
    perSecond,
    traceMessages: true,
  });
  const counts = [await near.finish(30_000), await far.finish(30_000)];
  for (const count of counts) expect(count.successful === calls, `${count.successful} of ${calls} calls went well`);
}

async function callIn(context: CaseContext, far: FarSide, user: { extension: string; port: number }): Promise<void> {
  const near = await context.sipp({ name: 'called', port: user.port, scenario: 'answer', calls, traceMessages: true });
  const outside = await context.sipp({
    name: 'outside',
    port: far.farPort,
    scenario: 'plainCall',
    target: `127.0.0.1:${far.trunk.sipPort}`,
    users: [`+49301234;;${ours};127.0.0.1`],
    calls,
    perSecond,
    traceMessages: true,
  });
  const counts = [await outside.finish(30_000), await near.finish(30_000)];
  for (const count of counts) expect(count.successful === calls, `${count.successful} of ${calls} calls went well`);
}

async function byAddress(context: CaseContext): Promise<void> {
  const far = await startFarSide(context);
  const called = await context.server.addUser();
  const port = await context.ports.take('sip');
  await registerAt(context, called, port);
  await context.server.addTrunk({
    name: 'far',
    prefix: outsidePrefix,
    host: '127.0.0.1',
    port: far.trunk.sipPort,
    inbound: { number: ours, extension: called.extension },
  });
  await callOut(context, far.farPort, outsidePrefix);
  await callIn(context, far, { extension: called.extension, port });
}

async function byRegistration(context: CaseContext): Promise<void> {
  const password = 'trunk-secret-1';
  const far = await startFarSide(context, { password });
  await context.server.addTrunk({
    name: 'far-registered',
    prefix: '8',
    host: '127.0.0.1',
    port: far.trunk.sipPort,
    credentials: { username: 'ringdown', password, register: true },
  });
  await far.trunk.process.waitForOutput(/trunk registered/);
  await callOut(context, far.farPort, '8');
}

/** A carrier that sends the call back to us, and a number that goes out to that carrier again: round and round. */
async function loop(context: CaseContext): Promise<void> {
  const { folder, ports, server } = context;
  const mirror = {
    name: 'mirror',
    folder,
    ports,
    config: 'trunk',
    usPort: server.udpPort,
    farPort: server.udpPort,
  } as const;
  const trunk = context.keep(await Kamailio.start(mirror));
  await server.addTrunk({
    name: 'loop',
    prefix: '77',
    host: '127.0.0.1',
    port: trunk.sipPort,
    inbound: { number: '+4977100', toTrunk: 'loop' },
  });
  const caller = await context.sipp({
    name: 'caller',
    scenario: 'plainTooManyHops',
    target: `127.0.0.1:${trunk.sipPort}`,
    users: ['+49301234;;+4977100;127.0.0.1'],
    calls: 1,
    traceMessages: true,
  });
  await caller.finish(40_000);
  const rounds = trunk.process.output.match(/trunk INVITE/g)?.length ?? 0;
  // Where the call has been grows by two or three entries a round, and 30 are too many, long before Max-Forwards is used up.
  expect(rounds >= 8 && rounds <= 16, `the call went round ${rounds} times: something else ended it`);
}

/** The far side alone: we are played by SIPp. Proves its configuration, with digest and without. */
async function farSideAlone(context: CaseContext): Promise<void> {
  const [usPort, farPort] = [await context.ports.take('sip'), await context.ports.take('sip')];
  const options = { folder: context.folder, ports: context.ports, config: 'trunk', usPort, farPort } as const;
  const password = 'trunk-secret-1';
  const plain = context.keep(await Kamailio.start({ ...options, name: 'plain' }));
  const guarded = context.keep(await Kamailio.start({ ...options, name: 'guarded', defines: ['WITH_AUTH'], password }));
  const us = await context.sipp({ name: 'us-answering', port: usPort, scenario: 'answer', calls, traceMessages: true });
  const inward = { port: farPort, calls, perSecond, traceMessages: true, users: [`+49301;;${ours};127.0.0.1`] };
  const outside = await context.sipp({
    name: 'outside',
    scenario: 'plainCall',
    target: `127.0.0.1:${plain.sipPort}`,
    ...inward,
  });
  await outside.finish(20_000);
  await us.finish(20_000);
  const far = await context.sipp({ name: 'far', port: farPort, scenario: 'answer', calls, traceMessages: true });
  const user = { username: 'ringdown', password, domain: 'trunk.test', extension: '' };
  const outward = { port: usPort, calls, perSecond, traceMessages: true, users: [credentialsOf(user, '+49302')] };
  const calling = await context.sipp({
    name: 'us-calling',
    scenario: 'call',
    target: `127.0.0.1:${guarded.sipPort}`,
    ...outward,
  });
  await calling.finish(20_000);
  await far.finish(20_000);
}

/** Two of our servers, joined by a trunk over TLS: the far one's certificate is believed by its authority, and by nothing else. */
async function overTls(context: CaseContext): Promise<void> {
  const { folder, ports, server } = context;
  if (!(server instanceof Ringdown)) throw new TypeError('this case is for Ringdown');
  const far = context.keep(await Ringdown.start({ folder: join(folder, 'f'), ports }));
  const caller = await server.addUser();
  // What the far side gives to a stranger is 404 for an unknown number and a challenge for everything else: either way the connection stood.
  const place = ['--host', '127.0.0.1', '--port', String(far.tlsPort), '--transport', 'tls', '--options-sec', '0'];
  await server.cli('trunk', 'add', 'believed', ...place, '--prefix', '71', '--ca', far.caFile);
  await server.cli('trunk', 'add', 'not-believed', ...place, '--prefix', '72');
  await server.cli('trunk', 'add', 'pinned-wrong', ...place, '--prefix', '73', '--pin', 'ab'.repeat(32));
  const { username, password } = caller;
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  const audio = await AudioSocket.open({ address: server.host });
  try {
    const outcomes: string[] = [];
    for (const number of ['71600', '72600', '73600']) {
      const error = await phone.call(number, { body: audio.description }).catch((thrown: unknown) => thrown);
      expect(error instanceof PhoneError, `${number} was answered`);
      const history = (await server.cli('calls', 'history', '--limit', '1')) as {
        cause: { code: string; detail?: string };
      }[];
      outcomes.push(`${history[0]?.cause.code} ${history[0]?.cause.detail ?? ''}`);
    }
    expect(/^upstream/.test(outcomes[0] ?? ''), `with its authority the far side answers: ${outcomes[0]}`);
    for (const [name, outcome] of [
      ['without its authority', outcomes[1]],
      ['with another pin', outcomes[2]],
    ])
      expect(/^unreachable .*(certificate|pin)/i.test(outcome ?? ''), `${name} there is no connection: ${outcome}`);
  } finally {
    audio.close();
    await phone.close();
  }
}

/** A trunk given by its name: SRV records of a real name server, and the first server they name is dead. */
async function byName(context: CaseContext): Promise<void> {
  const { folder, ports } = context;
  const [deadPort, livePort] = [await ports.take('sip'), await ports.take('sip')];
  const records = [`_sip._udp SRV 10 1 ${deadPort} host`, `_sip._udp SRV 20 1 ${livePort} host`, 'host A 127.0.0.1'];
  const nsd = context.keep(await Nsd.start({ folder, ports, zone: 'carrier.test', records }));
  const server = context.keep(await Ringdown.start({ folder: join(folder, 'n'), ports, dnsServers: [nsd.address] }));
  await server.cli('trunk', 'add', 'named', '--host', 'carrier.test', '--prefix', '75', '--options-sec', '0');
  await server.cli('trunk', 'add', 'nowhere', '--host', 'absent.carrier.test', '--prefix', '76', '--options-sec', '0');
  const far = await context.sipp({ name: 'far', port: livePort, scenario: 'answer', calls: 2 });
  const { username, password } = await server.addUser();
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  const audio = await AudioSocket.open({ address: server.host });
  const callTakes = async (): Promise<number> => {
    const startMs = performance.now();
    const call = await phone.call('75100', { body: audio.description });
    const tookMs = performance.now() - startMs;
    await call.hangUp();
    return tookMs;
  };
  try {
    const [first, second] = [await callTakes(), await callTakes()];
    expect(first > 3_500 && first < 8_000, `the first call found its server after ${Math.round(first)} ms`);
    expect(second < 2_000, `the second call knew, and took ${Math.round(second)} ms`);
    await far.finish(10_000);
    const failed = await phone.call('76100', { body: audio.description }).catch((thrown: unknown) => thrown);
    expect(failed instanceof PhoneError, 'a trunk whose name does not exist was called');
    const [last] = (await server.cli('calls', 'history', '--limit', '1')) as {
      cause: { code: string; detail?: string };
    }[];
    const told = `${last?.cause.code} ${last?.cause.detail}`;
    expect(/^unreachable .*absent\.carrier\.test/.test(told), `the record says ${told}`);
  } finally {
    audio.close();
    await phone.close();
  }
}

/** Two channels: the third call at once is refused, and says why. */
async function channels(context: CaseContext): Promise<void> {
  const { server, ports } = context;
  if (!(server instanceof Ringdown)) throw new TypeError('this case is for Ringdown');
  const farPort = await ports.take('sip');
  const place = ['--host', '127.0.0.1', '--port', String(farPort), '--options-sec', '0'];
  await server.cli('trunk', 'add', 'narrow', ...place, '--prefix', '74', '--channels', '2');
  const user = await server.addUser();
  const far = await context.sipp({ name: 'far', port: farPort, scenario: 'answer', calls: 3 });
  const { username, password } = user;
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  const audio = await AudioSocket.open({ address: server.host });
  try {
    const call = () => phone.call('74100', { body: audio.description });
    const up = [await call(), await call()];
    const refused = await call().catch((thrown: unknown) => thrown);
    expect(refused instanceof PhoneError && refused.status === 486, `the third call: ${String(refused)}`);
    const [last] = (await server.cli('calls', 'history', '--limit', '1')) as { cause: { code: string } }[];
    expect(last?.cause.code === 'channels-used-up', `the third call ended as ${last?.cause.code}`);
    await up[0]?.hangUp();
    // The BYE is answered at once, and the channel is free when the far side has been told, a timer's tick later.
    const isFree = async (): Promise<boolean> => ((await server.cli('calls', 'list')) as unknown[]).length === 1;
    await waitFor({ what: 'the first call to be over', withinMs: 5_000 }, isFree);
    up.push(await call());
    await phone.hangUpAll();
    await far.finish(10_000);
  } finally {
    audio.close();
    await phone.close();
  }
}

/** What an operator has done to a trunk's headers, and what cannot be had done. */
async function headerRules(context: CaseContext): Promise<void> {
  const { server, ports } = context;
  if (!(server instanceof Ringdown)) throw new TypeError('this case is for Ringdown');
  const farPort = await ports.take('sip');
  const place = ['--host', '127.0.0.1', '--port', String(farPort), '--options-sec', '0', '--prefix', '77'];
  const rules = ['out add X-Carrier: gold', 'out remove User-Agent', 'out rewrite From.user 2* +492$1'];
  await server.cli(
    'trunk',
    'add',
    'ruled',
    ...place,
    '--mutual-tls',
    ...rules.flatMap((rule) => ['--header-rule', rule]),
  );
  const evil = await server.cli('trunk', 'set', 'ruled', '--header-rule', 'out set Via: evil').catch(String);
  expect(/may not touch Via/.test(String(evil)), `a rule on Via was answered ${String(evil)}`);
  const shown = (await server.cli('trunk', 'set', 'ruled', '--channels', '5')) as {
    headerRules: string[];
    tls: { mutual?: boolean };
  };
  expect(String(shown.headerRules) === String(rules), `the rules are ${shown.headerRules}`);
  expect(shown.tls.mutual === true, 'a change of something else leaves what TLS is to be');
  const { username, password } = await server.addUser();
  const far = await context.sipp({
    name: 'far',
    port: farPort,
    scenario: 'takeNormalised',
    calls: 1,
    traceMessages: true,
  });
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  const audio = await AudioSocket.open({ address: server.host });
  try {
    const call = await phone.call('77100', { body: audio.description });
    await call.hangUp();
    await far.finish(10_000);
    const none = (await server.cli('trunk', 'set', 'ruled', '--no-header-rules')) as { headerRules: string[] };
    expect(none.headerRules.length === 0, `the rules are ${none.headerRules}`);
  } finally {
    audio.close();
    await phone.close();
  }
}

export const cases: readonly InteropCase[] = [
  { name: 'trunk: the far side alone', needs, servers: ['kamailio'], run: farSideAlone },
  { name: 'trunk: Kamailio by address, calls out and in', needs, run: byAddress },
  { name: 'trunk: Kamailio by registration with digest, calls out', needs, run: byRegistration },
  { name: 'trunk: a loop through ourselves ends with 483', needs, run: loop },
  { name: 'trunk: over TLS', needs: [], run: overTls },
  { name: 'trunk: by name', needs: ['sipp', 'nsd'], run: byName },
  { name: 'trunk: header rules', needs: ['sipp'], run: headerRules },
  { name: 'trunk: channels', needs: ['sipp'], run: channels },
];
