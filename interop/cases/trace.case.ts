/** `ringdown trace` against calls of real phones: the ladder, the reason, the secrets, pcap and HEP3, and what a crash leaves. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { HepCollector } from '../peers/hep-collector.ts';
import { run } from '../peers/peer-process.ts';
import type { Ringdown } from '../peers/ringdown.ts';
import { sipsakRegister } from '../peers/sipsak.ts';
import { expect, waitFor } from '../peers/wait.ts';
import { ask, overCall, serverOf, traceOf } from '../traced-call.ts';

/** A call between two phones, hung up by the caller; over when this resolves. */
async function goodCall(context: CaseContext): Promise<{ caller: string; callee: string }> {
  const callee = await context.baresip({ name: 'callee', answering: 'auto' });
  const caller = await context.baresip({ name: 'caller' }, { mediaEncryption: 'srtp' });
  await caller.phone.dial(context.uriOf(callee.user));
  await caller.phone.waitForEvent('CALL_ESTABLISHED');
  await callee.phone.waitForEvent('CALL_ESTABLISHED');
  await caller.phone.hangup();
  await callee.phone.waitForEvent('CALL_CLOSED');
  return { caller: caller.user.extension, callee: callee.user.extension };
}

async function bothLegs(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const { caller, callee } = await goodCall(context);
  const shown = await overCall(server, callee);
  const { ladder, legs, callId } = shown;
  expect(legs.length === 2 && legs.every(({ legId }) => legId !== null), `legs: ${JSON.stringify(legs)}`);
  expect(ladder.includes('Ringdown') && ladder.split('\n').some((line) => line.includes(caller)), ladder);
  const arrows = [
    `- INVITE ${callee} \\[SDP\\] -+>`,
    '<-+ 401 Unauthorized \\(INVITE\\)',
    `- INVITE ${callee} \\[SDP\\] -+>`,
    `\\|-+ INVITE \\S+ \\[SDP\\] -+>`,
    '<-+ 200 (OK|Answering) \\(INVITE\\) \\[SDP\\]',
    '- ACK -+>',
    '- BYE -+>',
    '- BYE -+>',
    '200 OK \\(BYE\\)',
  ];
  expect(new RegExp(arrows.join('[\\s\\S]*')).test(ladder), `the ladder lacks a step\n${ladder}`);
  expect(/lasted \d+ s, and was hung up/.test(shown.explanation.text), shown.explanation.text);
  const byCall = await traceOf(server, callId ?? '');
  const byDialog = await traceOf(server, legs[1]?.sipCallId ?? '');
  const last = await traceOf(server, 'last');
  for (const other of [byCall, byDialog, last]) expect(other.ladder === ladder, `another ladder\n${other.ladder}`);
  const record = (await server.cli('calls', 'show', callId ?? '')) as { legs: unknown[]; joins: unknown[] };
  expect(record.legs.length === 2 && record.joins.length === 1, `the record: ${JSON.stringify(record)}`);
  const history = (await server.cli('calls', 'history', '--party', callee)) as { callId: string }[];
  expect(history[0]?.callId === callId, `the history: ${JSON.stringify(history)}`);
}

async function secrets(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const { callee } = await goodCall(context);
  const shown = await overCall(server, callee);
  const unmasked = await traceOf(server, callee, '--unmasked');
  const wire = unmasked.messages.map(({ text }) => text).join('\n');
  const responses = [...wire.matchAll(/\bresponse="([0-9a-f]{32})"/g)].map(([, value = '']) => value);
  const keys = [...wire.matchAll(/^a=crypto:.*inline:(\S{40})/gm)].map(([, value = '']) => value);
  expect(responses.length > 0 && keys.length > 0, `nothing secret was on the wire, so nothing is shown\n${wire}`);
  const masked = JSON.stringify(shown);
  const files = await ask('the trace on disk', async () => {
    const text = onDisk(server);
    return text.includes(shown.legs[0]?.sipCallId ?? '?') && text.includes('BYE') ? text : undefined;
  });
  for (const secret of [...responses, ...keys]) {
    expect(!masked.includes(secret), `${secret} is shown unasked`);
    expect(!files.includes(secret), `${secret} is on disk`);
  }
  expect(/username=\\?"/.test(masked), 'who it was is masked too, which explains nothing');
}

function onDisk(server: Ringdown): string {
  const files = ['trace-000001.bin', 'trace-000002.bin', 'trace-000003.bin'];
  return files
    .map((name) => {
      try {
        return readFileSync(join(server.dataFolder, 'trace', name), 'utf8');
      } catch {
        return '';
      }
    })
    .join('');
}

async function busy(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const callee = await context.baresip({ name: 'callee' });
  const caller = await context.baresip({ name: 'caller' });
  await caller.phone.dial(context.uriOf(callee.user));
  await callee.phone.waitForEvent('CALL_INCOMING');
  await callee.phone.hangup();
  await caller.phone.waitForEvent('CALL_CLOSED');
  await explained(server, 'busy', new RegExp(`^${callee.user.extension} is busy: .* refused it with 486 `));
}

/** A name that nobody has, and digits that could be a number outside but no trunk takes. */
async function notFound(context: CaseContext): Promise<void> {
  const { phone } = await context.baresip({ name: 'caller' });
  await phone.dial(context.uriOf('nobody'));
  await phone.waitForEvent('CALL_CLOSED', { param: /404/ });
  await explained(serverOf(context), 'not-found', /^"nobody" is no user, number or service here/);
  const mark = phone.mark();
  await phone.dial(context.uriOf('7999'));
  await phone.waitForEvent('CALL_CLOSED', { from: mark, param: /404/ });
  await explained(serverOf(context), 'no-route', /^No route sends "7999" to a trunk/);
}

async function noCommonCodec(context: CaseContext): Promise<void> {
  const caller = await context.baresip({ name: 'caller', codecs: ['g722/16000/1'] });
  await caller.phone.dial(context.uriOf('600'));
  await caller.phone.waitForEvent('CALL_CLOSED', { param: /488/ });
  await explained(serverOf(context), 'no-common-codec', /share no codec.*the caller offers G722/);
}

async function explained(server: Ringdown, code: string, text: RegExp): Promise<void> {
  const shown = await ask(`a failed call because of ${code}`, async () => {
    const last = await traceOf(server, 'last-failed');
    return last.explanation.code === code ? last : undefined;
  });
  expect(text.test(shown.explanation.text), shown.explanation.text);
}

async function wrongPassword(context: CaseContext): Promise<void> {
  const user = { ...(await context.server.addUser()), password: 'not-this-one' };
  const { folder, ports, server } = context;
  await sipsakRegister({ name: 'sipsak', folder, ports, user, port: server.udpPort });
  const shown = await traceOf(serverOf(context), user.extension);
  expect(shown.callId === null && shown.explanation.code === 'wrong-password', JSON.stringify(shown.explanation));
  expect(/gave a wrong user name or password/.test(shown.explanation.text), shown.explanation.text);
}

async function pcap(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const { callee } = await goodCall(context);
  const shown = await overCall(server, callee);
  const file = join(context.folder, 'call.pcap');
  await server.cli('trace', callee, '--pcap', file);
  const read = async (name: string, ...args: string[]) => {
    const decode = ['-d', `udp.port==${server.udpPort},sip`];
    const done = await run({
      name: `tshark-${name}`,
      command: 'tshark',
      args: ['-n', '-r', file, ...decode, ...args],
      folder: context.folder,
    });
    expect(done.exitCode === 0, done.tail());
    return done.output.split('\n').filter((line) => line !== '' && !line.startsWith('Running as user'));
  };
  const fields = ['-T', 'fields', '-e', 'sip.Method', '-e', 'sip.Status-Code'];
  const seen = await read('sip', '-Y', 'sip', ...fields);
  expect(
    seen.length === shown.messages.length,
    `${seen.length} of ${shown.messages.length} messages: ${seen.join(' ')}`,
  );
  for (const method of ['INVITE', 'ACK', 'BYE'])
    expect(seen.filter((line) => line.startsWith(method)).length >= 2, `no ${method} of both legs: ${seen.join(' ')}`);
  const faults = await read('faults', '-Y', '_ws.malformed || _ws.expert.severity == "Error"');
  expect(faults.length === 0, faults.join('\n'));
}

async function hep(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const collector = context.keep(await HepCollector.start());
  const { callee } = await goodCall(context);
  const { messages } = await overCall(server, callee);
  await server.cli('trace', callee, '--hep', `127.0.0.1:${collector.port}`);
  const { packets } = collector;
  await waitFor({ what: `${messages.length} packets`, tail: () => `${packets.length}` }, () => {
    return packets.length >= messages.length;
  });
  for (const [index, { direction, sipCallId, text }] of messages.entries()) {
    const packet = packets[index];
    expect(packet?.payload === text, `packet ${index} holds another message\n${packet?.payload}\n---\n${text}`);
    expect(packet?.correlation === sipCallId, `packet ${index} is of ${packet?.correlation}`);
    const own = direction === 'in' ? packet?.to : packet?.from;
    expect(own === `127.0.0.1:${server.udpPort}`, `packet ${index} names ${own} as our end`);
  }
}

/** Whatever names the call, one of its legs or dialogs says which call it is. */
async function logLines(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const { callee } = await goodCall(context);
  const { callId, legs } = await overCall(server, callee);
  const names = [callId ?? '', ...legs.flatMap(({ legId, sipCallId }) => [legId ?? sipCallId, sipCallId])];
  const lines = await ask('the end of the call in the log', async () => {
    const all = readFileSync(join(server.dataFolder, 'log', 'control.log'), 'utf8').split('\n');
    const own = all.filter((line) => names.some((name) => line.includes(name)));
    return own.some((line) => line.includes('"call ended"')) ? own : undefined;
  });
  const read = lines.map(
    (line) => JSON.parse(line) as { call?: string; leg?: string; sipCallId?: string; msg: string },
  );
  for (const line of read) expect(line.call === callId, `a line without the call's id: ${JSON.stringify(line)}`);
  const [first] = read;
  expect(first?.leg === legs[0]?.legId && first?.sipCallId === legs[0]?.sipCallId, JSON.stringify(first));
}

/** Neither is a call, or ever was one: both are found by the address they came from. */
async function unreadable(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(0, '127.0.0.3', () => done()));
  socket.send('GET / HTTP/1.0\r\n\r\n', server.udpPort, '127.0.0.1');
  const rubbish = await ask('the rubbish in the trace', () => traceOf(server, '127.0.0.3'));
  socket.close();
  expect(/could not be read as SIP/.test(rubbish.explanation.text), rubbish.explanation.text);
  const args = ['s_client', '-connect', `127.0.0.1:${server.tlsPort}`, '-bind', '127.0.0.4', '-verify_return_error'];
  await run({ name: 'openssl', command: 'openssl', args, folder: context.folder });
  const refused = await ask('the refused handshake in the trace', () => traceOf(server, '127.0.0.4'));
  expect(refused.explanation.code === 'tls-failure', JSON.stringify(refused.explanation));
  expect(/unknown ca/i.test(refused.explanation.text), refused.explanation.text);
}

async function afterKill(context: CaseContext): Promise<void> {
  const server = serverOf(context);
  const { callee } = await goodCall(context);
  const before = await overCall(server, callee);
  await ask('the trace on disk', async () => onDisk(server).includes(before.legs[1]?.sipCallId ?? '?') || undefined);
  await ask('its last message on disk', async () => {
    const files = onDisk(server);
    const messages = before.legs.map(({ sipCallId }) => files.split(`\r\nCall-ID: ${sipCallId}\r\n`).length - 1);
    return messages.reduce((sum, count) => sum + count, 0) >= before.messages.length || undefined;
  });
  const { pid } = (await server.cli('status')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await ask('another control process', async () => {
    const answer = await fetch(`http://127.0.0.1:${server.httpPort}/health`, { signal: AbortSignal.timeout(1_000) });
    if (!answer.ok) return undefined;
    const status = (await server.cli('status')) as { pid: number };
    return status.pid === pid ? undefined : status.pid;
  });
  for (const name of [callee, before.callId ?? '', before.legs[1]?.sipCallId ?? '', 'last']) {
    const after = await traceOf(server, name);
    expect(after.ladder === before.ladder, `${name}: another ladder after the kill\n${before.ladder}\n${after.ladder}`);
    expect(after.explanation.text === before.explanation.text, after.explanation.text);
  }
}

const needs = ['baresip'];

export const cases: readonly InteropCase[] = [
  { name: 'trace: a good call is a ladder of both legs', needs, run: bothLegs },
  { name: 'trace: secrets are masked unless asked for', needs, run: secrets },
  { name: 'trace: busy is explained', needs, run: busy },
  { name: 'trace: a 404 is explained', needs, run: notFound },
  { name: 'trace: no common codec is explained', needs, run: noCommonCodec },
  { name: 'trace: a wrong password is explained', needs: ['sipsak'], run: wrongPassword },
  { name: 'trace: the pcap opens in tshark, nothing malformed', needs: ['baresip', 'tshark'], run: pcap },
  { name: 'trace: HEP3 packets reach a collector', needs, run: hep },
  { name: 'trace: rubbish and a refused certificate are found by address', needs: ['openssl'], run: unreadable },
  { name: 'trace: each line of the log about a call carries its id', needs, run: logLines },
  { name: 'trace: kill -9 of the control process loses none of it', needs, run: afterKill },
];
