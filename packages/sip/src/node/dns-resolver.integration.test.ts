/** Locating servers through a real name server (Debian's nsd) on loopback: found, absent, changed, slow and silent. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '@ringdown/testkit';
import { parseSipUri } from '../message/uri.ts';
import { DnsCache } from '../transport/dns-cache.ts';
import { type Located, ServerLocator } from '../transport/locate-server.ts';
import { createNodeDnsResolver } from './dns-resolver.ts';
import { createNodeRandom } from './node-random.ts';
import { SipDriver } from './sip-driver.ts';

const NSD = '/usr/sbin/nsd';
const hasNsd = spawnSync(NSD, ['-v']).error === undefined;
const options = hasNsd ? {} : { skip: 'nsd is not installed' };
let folder = '';
let nsd: ChildProcess | null = null;
let port = 0;
const closers: (() => void)[] = [];

const zone = (address: string) => `$ORIGIN example.com.
$TTL 1
@ IN SOA ns.example.com. root.example.com. 1 3600 600 86400 1
@ IN NS ns.example.com.
ns IN A 127.0.0.1
@ IN NAPTR 10 20 "s" "SIP+D2T" "" _sip._tcp.example.com.
@ IN NAPTR 20 20 "s" "SIP+D2U" "" _sip._udp.example.com.
_sip._tcp IN SRV 5 10 5070 one.example.com.
_sip._udp IN SRV 10 10 5080 two.example.com.
one IN A ${address}
two IN A 192.0.2.2
two IN AAAA 2001:db8::2
`;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const found = socket.address().port;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return found;
}

function resolverAt(at: number): Resolver {
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([`127.0.0.1:${at}`]);
  return resolver;
}

function answers(name: string, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    resolverAt(port).resolve4(name, (error, found) => resolve(error === null && found[0] === address));
  });
}

function startNsd(address: string): Promise<void> {
  writeFileSync(join(folder, 'example.com.zone'), zone(address));
  nsd = spawn(NSD, ['-d', '-c', join(folder, 'nsd.conf')], { stdio: 'ignore' });
  return until(() => answers('one.example.com', address), 'nsd to answer');
}

async function stopNsd(): Promise<void> {
  const child = nsd;
  nsd = null;
  if (child === null || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

before(async () => {
  if (!hasNsd) return;
  folder = mkdtempSync(join(tmpdir(), 'sip-nsd-'));
  port = await freePort();
  writeFileSync(
    join(folder, 'nsd.conf'),
    `server:
  ip-address: 127.0.0.1@${port}
  do-ip6: no
  server-count: 1
  username: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
remote-control:
  control-enable: no
zone:
  name: "example.com"
  zonefile: "example.com.zone"
`,
  );
  await startNsd('192.0.2.1');
});

after(async () => {
  for (const close of closers) close();
  await stopNsd();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

function locatorAt(at: number, queryTimeoutMs = 2_000, deadlineMs = 4_000) {
  const driver = new SipDriver({ onError: (error) => assert.fail(String(error)) });
  closers.push(() => driver.close());
  driver.connect(
    { flowTo: () => undefined, isOpen: () => false, send: () => {} },
    { onBytes: () => {}, onMessage: () => {}, onMalformed: () => {} },
  );
  const clock = driver.liveClock;
  const dns = createNodeDnsResolver(resolverAt(at), (task) => driver.post(task));
  const cache = new DnsCache(dns, clock, { queryTimeoutMs, defaultTtlSec: 1, failureTtlSec: 1, staleSec: 0 });
  const locator = new ServerLocator({ cache, clock, random: createNodeRandom(), deadlineMs });
  return async (text: string): Promise<string> => {
    let located: Located | null = null;
    const done = (found: Located) => {
      located = found;
    };
    driver.post(() => {
      const now = locator.locate(parseSipUri(text)!, { onLocated: done });
      if (now !== null) done(now);
    });
    await until(() => located !== null, `an outcome of ${text}`);
    const found = located as unknown as Located;
    if (!found.ok) return found.failure.code;
    return found.targets.map(({ kind, remote }) => `${kind} ${remote.address} ${remote.port}`).join(', ');
  };
}

test('NAPTR, SRV, A and AAAA from nsd, in the order of RFC 3263', options, async () => {
  const locate = locatorAt(port);
  assert.equal(await locate('sip:example.com'), 'tcp 192.0.2.1 5070, udp 192.0.2.2 5080, udp 2001:db8::2 5080');
  assert.equal(await locate('sip:two.example.com:5090'), 'udp 192.0.2.2 5090, udp 2001:db8::2 5090');
  assert.equal(await locate('sip:two.example.com'), 'udp 192.0.2.2 5060, udp 2001:db8::2 5060');
});

test('NXDOMAIN is no such server', options, async () => {
  assert.equal(await locatorAt(port)('sip:nobody.example.com'), 'no-such-server');
});

test('a zone that changes is seen once the TTL is over', options, async () => {
  const locate = locatorAt(port);
  assert.equal(await locate('sip:one.example.com:5060'), 'udp 192.0.2.1 5060');
  await stopNsd();
  await startNsd('192.0.2.77');
  await until(async () => (await locate('sip:one.example.com:5060')) === 'udp 192.0.2.77 5060', 'the new address');
});

/** A name server that swallows, or passes on to nsd late. */
async function relay(delayMs: number | null): Promise<{ readonly port: number; readonly seen: () => number }> {
  let seen = 0;
  const front: Socket = createSocket('udp4');
  closers.push(() => front.close());
  front.on('message', (query, client) => {
    seen++;
    if (delayMs === null) return;
    const back = createSocket('udp4');
    back.on('message', (answer) => {
      setTimeout(() => front.send(answer, client.port, client.address), delayMs);
      back.close();
    });
    back.send(query, port, '127.0.0.1');
  });
  await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
  return { port: front.address().port, seen: () => seen };
}

test('a silent name server: dns-failed by our own time-out', options, async () => {
  const { port: silent, seen } = await relay(null);
  const resolver = locatorAt(silent, 100, 300);
  const startMs = performance.now();
  assert.equal(await resolver('sip:one.example.com:5060'), 'dns-failed');
  assert.ok(performance.now() - startMs < 1_000);
  assert.ok(seen() > 0, 'it was asked');
});

test('a slow name server: the answer is taken when it comes in time', options, async () => {
  const { port: slow } = await relay(100);
  assert.equal(await locatorAt(slow, 1_000)('sip:two.example.com:5060'), 'udp 192.0.2.2 5060, udp 2001:db8::2 5060');
});
