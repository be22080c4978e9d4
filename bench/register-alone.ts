/**
 * `node --conditions=ringdown-source bench/register-alone.ts [--batches 40]`: what a REGISTER with digest costs the SIP edge by itself: parser, transactions,
 * edge, digest, registrar and its log, no socket, no trace. Says the octets that are allocated, which no other program on the machine can change, and
 * the time of the quickest batch.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { DnsCache, type Flow, ServerLocator, TimerWheel, TransactionLayer } from '@ringdown/sip';
import { createNodeHasher, createNodeRandom, nativeBytesToString, nativeStringIntoBytes } from '@ringdown/sip/node';
import { createEventBus, createEventSource } from '../server/src/base/events/index.ts';
import { createIdSource, createSeededRandom } from '../server/src/base/ids/index.ts';
import { createSecretBox } from '../server/src/base/secrets/index.ts';
import { SipEdge } from '../server/src/faces/sip-edge/index.ts';
import { createConfiguration } from '../server/src/services/configuration/index.ts';
import { createDirectory, directoryKinds } from '../server/src/services/directory/index.ts';
import { createRegistrar } from '../server/src/services/registrar/index.ts';
import { createTrunks, trunkKinds } from '../server/src/services/trunks/index.ts';
import { FileBindingLog } from '../server/src/storage/embedded/binding-log.ts';
import { createMemoryStorage } from '../server/src/storage/memory/index.ts';

const perBatch = 250;
const userCount = 20;
const domain = 'a.test';

const at = process.argv.indexOf('--batches');
const batches = at < 0 ? 40 : Number(process.argv[at + 1]);

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const folder = mkdtempSync(join(tmpdir(), 'ringdown-register-'));
const wheel = new TimerWheel({ startMs: performance.now() });
const time = { nowMs: () => performance.now(), nowUtcMs: () => Date.now() };
const fail = (error: unknown): never => {
  throw error;
};

async function prepare() {
  const ids = createIdSource(time, createSeededRandom(6));
  const storage = createMemoryStorage({ kinds: [...directoryKinds, ...trunkKinds] });
  const bus = createEventBus(fail);
  const events = createEventSource(time, ids);
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const secrets = createSecretBox([{ id: 'k1', bytes: new Uint8Array(32) }], createSeededRandom(7));
  const directory = createDirectory({ configuration, ids, random: createSeededRandom(8), secrets, events });
  const trunks = createTrunks({ configuration, ids, secrets, directory: directory.views });
  await configuration.load();
  const policy = {
    minExpiresSec: 60,
    maxExpiresSec: 3600,
    defaultExpiresSec: 600,
    natUdpExpiresSec: 120,
    maxContacts: 10,
  };
  const log = new FileBindingLog({ folder, onFault: fail });
  const registrar = createRegistrar({ policy, store: storage.bindings, log, time, bus, events, onSaveFailed: fail });
  const { tenant } = await directory.createTenant('bench', { name: 'ours', domain, ownAddresses: true });
  const users = [];
  for (let number = 0; number < userCount; number += 1)
    users.push(await directory.createUser({ tenant, author: 'bench' }, { extension: String(100 + number) }));
  return { ids, directory, trunks, registrar, users };
}

const { ids, directory, trunks, registrar, users } = await prepare();
const sent: string[] = [];
const local = { family: 4, address: '127.0.0.1', port: 5060 } as const;
const flow: Flow = {
  id: 1,
  kind: 'udp',
  reliable: false,
  secure: false,
  local,
  remote: { family: 4, address: '127.0.0.1', port: 5070 },
  advertised: { host: '127.0.0.1', port: 5060 },
};
const transport = {
  flowTo: () => flow,
  isOpen: () => true,
  send: (bytes: Uint8Array) => void sent.push(nativeBytesToString(bytes, 0, bytes.length)),
};
const random = createNodeRandom();
const layer: TransactionLayer = new TransactionLayer({
  clock: wheel,
  random,
  transport,
  decode: nativeBytesToString,
  write: nativeStringIntoBytes,
  allocate: Buffer.allocUnsafe,
  user: {
    onRequest: (transaction) => edge.agent.onRequest(transaction),
    onAck: () => undefined,
    onStrayResponse: () => undefined,
  },
});
const edge: SipEdge = new SipEdge({
  clock: wheel,
  random,
  transactions: layer,
  flowTo: () => flow,
  isOpen: () => true,
  hasher: createNodeHasher(),
  locator: new ServerLocator({ cache: new DnsCache({ query: () => undefined }, wheel), clock: wheel, random }),
  nonceKey: 'a key of the bench',
  ids,
  directory: directory.views,
  registrar,
  trunks,
  challenge: 'md5',
  fallbackRealm: domain,
  userAgent: 'Ringdown/bench',
  isOwnHost: (name) => name === local.address,
  isDraining: () => false,
  nowUtcMs: time.nowUtcMs,
  post: (task) => task(),
  onIncoming: () => undefined,
  onLegEvent: () => undefined,
  decide: fail,
  report: () => undefined,
});

let made = 0;
/** As SIPp's scenario of the bench of the whole server says it. */
function register(index: number, cseq: number, more: string): Buffer {
  const user = users[index % userCount]?.username ?? '';
  const aor = `<sip:${user}@${domain}>`;
  const rows = [
    `REGISTER sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bK-${process.pid}-${made}-${cseq}`,
    'Max-Forwards: 70',
    `From: ${aor};tag=${index}`,
    `To: ${aor}`,
    `Call-ID: ${made}-${process.pid}@127.0.0.1`,
    `CSeq: ${cseq} REGISTER`,
    `Contact: <sip:${user}@127.0.0.1:5070>`,
    'Expires: 600',
  ];
  return Buffer.from(`${rows.join('\r\n')}\r\n${more}Content-Length: 0\r\n\r\n`, 'latin1');
}

function answered(index: number, challenge: string): Buffer {
  const user = users[index % userCount];
  if (user === undefined || !challenge.startsWith('SIP/2.0 401')) throw new TypeError(challenge);
  const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? '';
  const uri = `sip:${domain}`;
  const ha1 = md5(`${user.username}:${domain}:${user.password}`);
  const response = md5(`${ha1}:${nonce}:00000001:6b8b4567:auth:${md5(`REGISTER:${uri}`)}`);
  const credentials = `Authorization: Digest username="${user.username}",realm="${domain}",cnonce="6b8b4567",nc=00000001,qop=auth,uri="${uri}",nonce="${nonce}",response="${response}",algorithm=MD5\r\n`;
  return register(index, 2, credentials);
}

interface Cost {
  readonly microseconds: number;
  readonly octets: number;
}

/** A turn for every ten messages, as under load. */
function receive(datagrams: readonly Buffer[]): Cost {
  sent.length = 0;
  const before = getHeapStatistics().total_allocated_bytes;
  const startMs = performance.now();
  for (const [number, datagram] of datagrams.entries()) {
    layer.receiveBytes(datagram, flow);
    if (number % 10 === 9) registrar.record();
  }
  const microseconds = ((performance.now() - startMs) * 1_000) / datagrams.length;
  return { microseconds, octets: (getHeapStatistics().total_allocated_bytes - before) / datagrams.length };
}

const costs: { readonly asked: Cost; readonly taken: Cost }[] = [];
for (let batch = 0; batch < batches; batch += 1) {
  const first: Buffer[] = [];
  for (let index = 0; index < perBatch; index += 1, made += 1) first.push(register(index, 1, ''));
  const asked = receive(first);
  made -= perBatch;
  const second: Buffer[] = [];
  for (let index = 0; index < perBatch; index += 1, made += 1) second.push(answered(index, sent[index] ?? ''));
  const taken = receive(second);
  if (sent.length !== perBatch || !sent.every((response) => response.startsWith('SIP/2.0 200')))
    fail(new TypeError(sent[0]));
  costs.push({ asked, taken });
  registrar.expire();
  await new Promise((resolve) => setTimeout(resolve, 20));
  wheel.advance(performance.now());
}
const last = costs.slice(-Math.ceil(batches / 2));
const least = (read: (cost: (typeof last)[number]) => number): string => Math.min(...last.map(read)).toFixed(1);
console.log(`challenged  ${least(({ asked }) => asked.microseconds)} us  ${least(({ asked }) => asked.octets)} octets`);
console.log(`registered  ${least(({ taken }) => taken.microseconds)} us  ${least(({ taken }) => taken.octets)} octets`);
registrar.flush().then(() => rmSync(folder, { recursive: true }), fail);
