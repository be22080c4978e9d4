/** RFC 3263 in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, VirtualClock, VirtualDns } from '@ringdown/testkit';
import { parseSipUri } from '../message/uri.ts';
import { DnsCache, type DnsCacheSettings } from './dns-cache.ts';
import type { Target } from './flow.ts';
import { type Located, ServerLocator, type ServerLocatorOptions } from './locate-server.ts';
import { orderSrv } from './order-srv.ts';

function world(options: Partial<ServerLocatorOptions> = {}, cacheSettings: DnsCacheSettings = {}) {
  const clock = new VirtualClock();
  const dns = new VirtualDns(clock);
  const cache = new DnsCache(dns, clock, cacheSettings);
  const locator = new ServerLocator({ cache, clock, random: new SeededRandom(1), families: [4], ...options });
  const start = (uri: string) => {
    const told: { located: Located; atMs: number }[] = [];
    const now = locator.locate(parseSipUri(uri)!, {
      onLocated: (located) => told.push({ located, atMs: clock.nowMs() }),
    });
    return { now, told };
  };
  /** Text of the outcome, however long it takes. */
  const locate = (uri: string): string => {
    const { now, told } = start(uri);
    if (now === null) clock.advanceUntil(() => told.length > 0, 60_000);
    return show(now ?? told[0]?.located);
  };
  return { clock, dns, cache, start, locate };
}

function show(located: Located | undefined): string {
  if (located === undefined) return 'nothing';
  if (!located.ok) return located.failure.code;
  return located.targets.map(showTarget).join(' ');
}

function showTarget({ kind, remote, serverName }: Target): string {
  return `${kind}:${remote.address}:${remote.port}${serverName === undefined ? '' : `/${serverName}`}`;
}

/** A domain with everything, one with SRV only, one with an address only. */
function zone(dns: VirtualDns): void {
  dns
    .naptr(
      'full.example',
      [50, 50, 'SIPS+D2T', '_sips._tcp.full.example'],
      [90, 50, 'SIP+D2T', '_sip._tcp.full.example'],
      [90, 60, 'SIP+D2U', '_sip._udp.full.example'],
      [10, 10, 'SIP+D2W', '_sip._ws.full.example'],
    )
    .srv('_sips._tcp.full.example', [1, 1, 5071, 'a.full.example'])
    .srv('_sip._tcp.full.example', [1, 1, 5072, 'a.full.example'])
    .srv('_sip._udp.full.example', [1, 1, 5073, 'a.full.example'], [2, 1, 5074, 'b.full.example'])
    .a('a.full.example', '192.0.2.1')
    .a('b.full.example', '192.0.2.2', '192.0.2.3')
    .a('full.example', '192.0.2.99')
    .srv('_sip._tcp.srv.example', [1, 1, 5082, 'a.full.example'])
    .srv('_sip._udp.srv.example', [1, 1, 5083, 'b.full.example'])
    .a('plain.example', '192.0.2.7')
    .srv('_sip._udp.none.example', [0, 0, 0, ''])
    .a('none.example', '192.0.2.8')
    .set('AAAA', 'plain.example', ['2001:db8::7']);
}

const rows: readonly [section: string, uri: string, outcome: string, options?: Partial<ServerLocatorOptions>][] = [
  ['§4.1: an address is UDP at 5060', 'sip:192.0.2.5', 'udp:192.0.2.5:5060'],
  ['§4.1: an address with sips is TLS at 5061', 'sips:192.0.2.5', 'tls:192.0.2.5:5061'],
  ['§4.1: an IPv6 address', 'sip:[2001:db8::5]:5070;transport=tcp', 'tcp:2001:db8::5:5070'],
  [
    '§4.1: NAPTR by order and preference, unknown services skipped',
    'sip:full.example',
    'tls:192.0.2.1:5071/full.example tcp:192.0.2.1:5072 udp:192.0.2.1:5073 udp:192.0.2.2:5074 udp:192.0.2.3:5074',
  ],
  ['§4.1: NAPTR with sips takes only what is secure', 'sips:full.example', 'tls:192.0.2.1:5071/full.example'],
  [
    '§4.1: NAPTR services that we lack fall away',
    'sip:full.example',
    'udp:192.0.2.1:5073 udp:192.0.2.2:5074 udp:192.0.2.3:5074',
    { kinds: ['udp'] },
  ],
  [
    '§4.1: without NAPTR, SRV of each transport in our order',
    'sip:srv.example',
    'udp:192.0.2.2:5083 udp:192.0.2.3:5083 tcp:192.0.2.1:5082',
  ],
  [
    '§4.1: our order may be another',
    'sip:srv.example',
    'tcp:192.0.2.1:5082 udp:192.0.2.2:5083 udp:192.0.2.3:5083',
    { kinds: ['tcp', 'udp'] },
  ],
  [
    '§4.2: a transport that is named asks its SRV only',
    'sip:full.example;transport=udp',
    'udp:192.0.2.1:5073 udp:192.0.2.2:5074 udp:192.0.2.3:5074',
  ],
  ['§4.2: sips with transport tcp is TLS', 'sips:full.example;transport=tcp', 'tls:192.0.2.1:5071/full.example'],
  ['§4.2: a port asks no SRV', 'sip:full.example:5099', 'udp:192.0.2.99:5099'],
  ['§4.2: neither NAPTR nor SRV: the name at the default port', 'sip:plain.example', 'udp:192.0.2.7:5060'],
  ['§4.2: the same for a named transport', 'sip:plain.example;transport=tls', 'tls:192.0.2.7:5061/plain.example'],
  ['§4.2: the same for sips', 'sips:plain.example', 'tls:192.0.2.7:5061/plain.example'],
  [
    'both families, IPv6 first where so liked',
    'sip:plain.example',
    'udp:2001:db8::7:5060 udp:192.0.2.7:5060',
    { families: [6, 4] },
  ],
  ['§4: maddr is the target', 'sip:user@full.example;maddr=192.0.2.50', 'udp:192.0.2.50:5060'],
  ['RFC 2782: the target "." says there is no such service', 'sip:none.example;transport=udp', 'no-such-server'],
  ['RFC 6761 §6.3: localhost asks nobody', 'sip:localhost:5080', 'udp:127.0.0.1:5080'],
  ['an unknown name', 'sip:nowhere.example', 'no-such-server'],
  ['a transport that does not exist here', 'sip:full.example;transport=sctp', 'transport-unsupported'],
  ['RFC 3261 §26.2.2: sips over UDP', 'sips:full.example;transport=udp', 'transport-unsupported'],
  ['an address by a transport that is not offered', 'sip:192.0.2.5', 'transport-unsupported', { kinds: ['tcp'] }],
];
for (const [section, uri, outcome, options] of rows) {
  test(`RFC 3263 ${section}: ${uri}`, () => {
    const { dns, locate, clock } = world(options);
    zone(dns);
    assert.equal(locate(uri), outcome);
    assert.equal(clock.armedCount, 0, 'no timer is left');
  });
}

test('an address is known at once and asks nobody', () => {
  const { dns, start } = world();
  assert.equal(show(start('sip:192.0.2.5:5070').now ?? undefined), 'udp:192.0.2.5:5070');
  assert.deepEqual(dns.queries, []);
});

test('what is cached is known at once; after its TTL it is asked again, and what changed is seen', () => {
  const { clock, dns, locate, start } = world();
  dns.set('A', 'plain.example', ['192.0.2.7'], 100);
  assert.equal(locate('sip:plain.example:5060'), 'udp:192.0.2.7:5060');
  dns.set('A', 'plain.example', ['192.0.2.8'], 100);
  clock.advance(99_000);
  assert.equal(show(start('sip:plain.example:5060').now ?? undefined), 'udp:192.0.2.7:5060');
  clock.advance(1_100);
  assert.equal(start('sip:plain.example:5060').now, null);
  assert.equal(locate('sip:plain.example:5060'), 'udp:192.0.2.8:5060');
  assert.equal(dns.queries.length, 2);
});

test('RFC 2308: that there is nothing is cached too', () => {
  const { clock, dns, locate } = world();
  assert.equal(locate('sip:nowhere.example:5060'), 'no-such-server');
  assert.equal(locate('sip:nowhere.example:5060'), 'no-such-server');
  assert.equal(dns.queries.length, 1);
  dns.a('nowhere.example', '192.0.2.1');
  clock.advance(60_000);
  assert.equal(locate('sip:nowhere.example:5060'), 'udp:192.0.2.1:5060');
});

test('many that ask the same at once are one query', () => {
  const { clock, dns, start } = world();
  dns.a('plain.example', '192.0.2.7');
  const all = [1, 2, 3].map(() => start('sip:plain.example:5060'));
  clock.advance(100);
  assert.deepEqual(
    all.map(({ told }) => show(told[0]?.located)),
    Array(3).fill('udp:192.0.2.7:5060'),
  );
  assert.equal(dns.queries.length, 1);
});

test('a silent resolver: dns-failed within the deadline, once; and soon afterwards at once', () => {
  const { clock, dns, start } = world({ deadlineMs: 6_000 }, { queryTimeoutMs: 2_500 });
  dns.mode = 'silent';
  const { told } = start('sip:full.example');
  clock.advance(60_000);
  assert.deepEqual(
    told.map(({ located, atMs }) => `${show(located)}@${atMs}`),
    ['dns-failed@6000'],
  );
  dns.queries.length = 0;
  const again = start('sip:full.example:5060');
  clock.advance(2_500);
  assert.equal(show(again.told[0]?.located), 'dns-failed');
  assert.equal(show(start('sip:full.example:5060').now ?? undefined), 'dns-failed', 'a failure holds for a moment');
  assert.equal(dns.queries.length, 1);
});

test('a slow answer that comes after the time-out serves the next one to ask', () => {
  const { clock, dns, start } = world({}, { queryTimeoutMs: 2_500 });
  dns.a('plain.example', '192.0.2.7');
  dns.delayMs = 4_000;
  const first = start('sip:plain.example:5060');
  clock.advance(3_000);
  assert.equal(show(first.told[0]?.located), 'dns-failed');
  clock.advance(1_500);
  assert.equal(show(start('sip:plain.example:5060').now ?? undefined), 'udp:192.0.2.7:5060');
});

test('RFC 8767: while the resolver fails, an answer that has run out serves on', () => {
  const { clock, dns, locate } = world({}, { staleSec: 3_600 });
  dns.set('A', 'plain.example', ['192.0.2.7'], 60);
  assert.equal(locate('sip:plain.example:5060'), 'udp:192.0.2.7:5060');
  dns.mode = 'failing';
  clock.advance(600_000);
  assert.equal(locate('sip:plain.example:5060'), 'udp:192.0.2.7:5060');
  clock.advance(3_600_000);
  assert.equal(locate('sip:plain.example:5060'), 'dns-failed', 'not for ever');
});

test('the cache is bounded', () => {
  const { cache, locate } = world({}, { maxEntries: 50 });
  for (let i = 0; i < 200; i++) locate(`sip:host${i}.example:5060`);
  assert.ok(cache.size <= 50, String(cache.size));
});

test('a hostile zone gives twenty targets at most', () => {
  const { dns, locate } = world();
  const many = Array.from({ length: 500 }, (_, i): [number, number, number, string] => [
    1,
    1,
    5060 + i,
    'a.big.example',
  ]);
  dns.srv('_sip._udp.big.example', ...many).a('a.big.example', '192.0.2.1', '192.0.2.2');
  assert.equal(locate('sip:big.example;transport=udp').split(' ').length, 20);
});

test('a hostile zone makes us ask for eight services at most', () => {
  const { dns, locate } = world();
  const many = Array.from({ length: 200 }, (_, i): [number, number, string, string] => [
    1,
    1,
    'SIP+D2U',
    `s${i}.example`,
  ]);
  dns.naptr('big.example', ...many);
  locate('sip:big.example');
  assert.equal(dns.queries.filter((query) => query.startsWith('SRV')).length, 8);
});

test('RFC 2782: priority first, then by chance in proportion to weight', () => {
  const random = new SeededRandom(3);
  const records = [
    { priority: 10, weight: 75, port: 1, name: 'heavy' },
    { priority: 10, weight: 25, port: 1, name: 'light' },
    { priority: 10, weight: 0, port: 1, name: 'seldom' },
    { priority: 20, weight: 500, port: 1, name: 'backup' },
  ];
  const first = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const order = orderSrv(records, random).map(({ name }) => name);
    assert.equal(order.length, 4);
    assert.equal(order[3], 'backup');
    first.set(order[0]!, (first.get(order[0]!) ?? 0) + 1);
  }
  assert.ok(Math.abs(first.get('heavy')! - 7_500) < 300, String(first.get('heavy')));
  assert.ok(Math.abs(first.get('light')! - 2_500) < 300, String(first.get('light')));
  assert.ok((first.get('seldom') ?? 0) < 200 && (first.get('seldom') ?? 0) > 0);
});
