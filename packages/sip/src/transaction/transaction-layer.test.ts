/** The layer around the machines: matching, Via, routes of responses, limits, large requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualAgent, type VirtualAgentOptions, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import type { SipResponse } from '../message/response.ts';
import type { Target } from '../transport/flow.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function twoAgents(
  options: VirtualAgentOptions = {},
  addresses: readonly [string, string] = ['192.0.2.1', '192.0.2.2'],
) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 0 } });
  const alice = new VirtualAgent(network, 'alice', addresses[0], options);
  const bob = new VirtualAgent(network, 'bob', addresses[1], options);
  return { clock, network, alice, bob };
}

/** A peer without a stack: sends what the test writes, keeps what comes. */
function barePeer(port = 5060) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 0 } });
  const peer = network.host('peer', '192.0.2.9').listen('udp', 5060).listen('udp', 6000).listen('tcp');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.2');
  const got: { text: string; port: number }[] = [];
  peer.onMessage = (bytes, flow) => got.push({ text: decode(bytes), port: flow.local.port });
  const target: Target = { ...bob.target(), local: { family: 4, address: '192.0.2.9', port } };
  const say = (lines: readonly string[]) => {
    peer.send(encode(`${lines.join('\r\n')}\r\n\r\n`), peer.flowTo(target)!, null);
    clock.advance(0);
  };
  return { clock, network, peer, bob, got, say };
}

interface Shape {
  readonly method?: string;
  readonly via?: string;
  readonly to?: string;
  readonly cseq?: number;
  readonly callId?: string;
}
function lines({
  method = 'OPTIONS',
  via = 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx',
  to = '',
  cseq = 1,
  callId = 'c1',
}: Shape) {
  return [
    `${method} sip:bob@example.com SIP/2.0`,
    `Via: ${via}`,
    'Max-Forwards: 70',
    'From: <sip:peer@example.com>;tag=f1',
    `To: <sip:bob@example.com>${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    'Content-Length: 0',
  ];
}
const viaOf = (text: string) => /^Via: (.*)$/m.exec(text)?.[1];

test('RFC 3261 §8.1.1.7: our branch is cookie, owner and chance; the Via asks for rport and names the transport', () => {
  const { clock, alice, bob } = twoAgents({ branchOwner: () => 'n7.' });
  const request = alice.send(alice.compose('OPTIONS', 'bob', [['X-Other', 'kept']]), bob.target());
  clock.advance(0);
  const sent = request.transaction.request;
  assert.match(sent.rows()[0]!.value, /^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bKn7\.[a-z0-9]{16};rport$/);
  assert.equal(sent.topVia.branch, request.transaction.branch);
  assert.equal(sent.header('x-other'), 'kept');
  const { branch } = alice.send(alice.compose('OPTIONS', 'bob'), bob.target('tcp')).transaction;
  assert.notEqual(branch, request.transaction.branch);
  clock.advance(0);
  assert.equal(bob.requests[1]!.request.topVia.transport, 'TCP');
});

const stamps: readonly { readonly name: string; readonly via: string; readonly stamped: string }[] = [
  {
    name: 'rport is filled in, with received',
    via: 'SIP/2.0/UDP 10.0.0.1:7;rport;branch=z9hG4bKx',
    stamped: 'SIP/2.0/UDP 10.0.0.1:7;rport=5060;branch=z9hG4bKx;received=192.0.2.9',
  },
  {
    name: 'rport at the end, even with the right address',
    via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx;rport',
    stamped: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx;rport=5060;received=192.0.2.9',
  },
  {
    name: 'a host name gets received',
    via: 'SIP/2.0/UDP phone.example.com;branch=z9hG4bKx',
    stamped: 'SIP/2.0/UDP phone.example.com;branch=z9hG4bKx;received=192.0.2.9',
  },
  {
    name: 'the right address gets nothing',
    via: 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx',
    stamped: 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx',
  },
  {
    name: 'forged received and rport are replaced',
    via: 'SIP/2.0/UDP 10.0.0.1;received=1.2.3.4;rport=99;branch=z9hG4bKx;x="a;b"',
    stamped: 'SIP/2.0/UDP 10.0.0.1;rport=5060;branch=z9hG4bKx;x="a;b";received=192.0.2.9',
  },
  {
    name: 'the second value of one row stays as it was',
    via: 'SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKx, SIP/2.0/UDP far.example.com;rport;branch=z9hG4bKy',
    stamped:
      'SIP/2.0/UDP 10.0.0.1;rport=5060;branch=z9hG4bKx;received=192.0.2.9, SIP/2.0/UDP far.example.com;rport;branch=z9hG4bKy',
  },
];
for (const { name, via, stamped } of stamps) {
  test(`RFC 3261 §18.2.1, RFC 3581 §4: ${name}`, () => {
    const { bob, say } = barePeer();
    say(lines({ via }));
    const { request } = bob.requests[0]!;
    assert.equal(request.head.values('Via').join(', '), stamped);
    assert.equal(request.topVia.branch, 'z9hG4bKx');
    assert.equal(request.callId, 'c1', 'the rows after it are still found');
    assert.equal(request.header('Content-Length'), '0');
  });
}

test('RFC 3581 §4: a folded Via is stamped too, and bytes that nobody may write pass by untouched', () => {
  const { bob, got, say } = barePeer();
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const odd = lines({ via: 'SIP/2.0/UDP phone.example.com\r\n ;branch=z9hG4bKx;rport' });
  // RFC 4475 §3.1.1.2 has an escaped NUL in To.
  odd[4] = 'To: "\\\0" <sip:bob@example.com>';
  say(odd);
  assert.equal(viaOf(got[0]!.text), 'SIP/2.0/UDP phone.example.com ;branch=z9hG4bKx;rport=5060;received=192.0.2.9');
  assert.match(got[0]!.text, /^To: "\\\0" <sip:bob@example\.com>;tag=bob-tag$/m);
});

test('RFC 3581 §4: with rport the answer goes to the source port, without it to the port of the Via (RFC 3261 §18.2.2)', () => {
  for (const { via, port } of [
    { via: 'SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bKx', port: 6000 },
    { via: 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx', port: 5060 },
    { via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx', port: 5060 },
    { via: 'SIP/2.0/UDP 192.0.2.9:6000;branch=z9hG4bKx', port: 6000 },
  ]) {
    const { clock, bob, got, say } = barePeer(6000);
    bob.answer = (transaction) => bob.respond(transaction, 200);
    say(lines({ via }));
    clock.advance(0);
    assert.deepEqual(
      got.map((message) => message.port),
      [port],
      via,
    );
  }
});

test('RFC 3261 §18.2.2: when the connection of the request is gone, the answer opens one to the port of the Via', () => {
  const { clock, network, alice, bob } = twoAgents();
  const call = alice.send(alice.compose('INVITE', 'bob'), bob.target('tcp'));
  clock.advance(300);
  network.breakConnections(alice.host, bob.host, 'reset');
  bob.respond(bob.requests[0]!, 200);
  clock.advance(10);
  assert.deepEqual(call.statuses, [100, 200]);
});

test('RFC 3261 §17.2.3: same branch and other sent-by, or other method, is another transaction', () => {
  const { bob, say } = barePeer();
  say(lines({ via: 'SIP/2.0/UDP one.example.com;branch=z9hG4bKx', callId: 'a' }));
  say(lines({ via: 'SIP/2.0/UDP one.example.com;branch=z9hG4bKx', callId: 'a' }));
  assert.equal(bob.requests.length, 1);
  say(lines({ via: 'SIP/2.0/UDP two.example.com;branch=z9hG4bKx', callId: 'b' }));
  assert.equal(bob.requests.length, 2);
  say(lines({ via: 'SIP/2.0/UDP one.example.com;branch=z9hG4bKx', callId: 'c', method: 'INFO' }));
  assert.equal(bob.requests.length, 3);
});

test('RFC 3261 §17.2.3, RFC 2543 peer: INVITE, its retransmission, CANCEL and ACK are matched without a branch', () => {
  for (const via of ['SIP/2.0/UDP 192.0.2.9', 'SIP/2.0/UDP 192.0.2.9;branch=1']) {
    const { bob, got, say } = barePeer();
    bob.answer = (transaction) => bob.respond(transaction, 180);
    say(lines({ method: 'INVITE', via }));
    say(lines({ method: 'INVITE', via }));
    assert.equal(bob.requests.length, 1);
    assert.equal(got.length, 2, 'the 180 and its retransmission');
    say(lines({ method: 'INVITE', via, cseq: 2 }));
    assert.equal(bob.requests.length, 2, 'another CSeq number is another transaction');
    say(lines({ method: 'CANCEL', via }));
    assert.equal(bob.cancels.length, 1);
    assert.deepEqual(
      got.slice(-2).map(({ text }) => text.slice(8, 11)),
      ['200', '487'],
    );
    say(lines({ method: 'ACK', via, to: ';tag=other' }));
    assert.equal(bob.confirmed.length, 0, 'not the tag that the 487 had');
    say(lines({ method: 'ACK', via, to: ';tag=bob-tag' }));
    assert.equal(bob.confirmed.length, 1);
  }
});

test('RFC 3261 §8.2.2.2: a request that comes again by another path is answered 482', () => {
  const { bob, got, say } = barePeer();
  bob.answer = (transaction) => bob.respond(transaction, transaction.method === 'INVITE' ? 180 : 200);
  say(lines({ method: 'INVITE', via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKone' }));
  say(lines({ method: 'INVITE', via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKtwo' }));
  assert.deepEqual(
    got.map(({ text }) => `${text.slice(8, 11)} ${viaOf(text)}`),
    ['180 SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKone', '482 SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKtwo'],
  );
  assert.equal(bob.requests.length, 1);
  say(lines({ method: 'INVITE', via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKthree', cseq: 2 }));
  assert.equal(bob.requests.length, 2, 'a new CSeq, as after a challenge, is no merge');
});

test('RFC 3261 §8.2.2.2: within a dialog, and after a refusal, nothing is merged', () => {
  const { bob, got, say } = barePeer();
  bob.answer = (transaction) => bob.respond(transaction, 503);
  for (const branch of ['a', 'b']) say(lines({ via: `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${branch}` }));
  assert.deepEqual(
    got.map(({ text }) => text.slice(8, 11)),
    ['503', '503'],
  );
  bob.answer = (transaction) => bob.respond(transaction, 200);
  for (const branch of ['c', 'd']) say(lines({ via: `SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${branch}`, to: ';tag=t' }));
  assert.deepEqual(
    got.slice(2).map(({ text }) => text.slice(8, 11)),
    ['200', '200'],
  );
});

test('RFC 3261 §8.2.2.2: once the first request is over, the same one is a new one', () => {
  const { clock, bob, got, say } = barePeer();
  bob.answer = (transaction) => bob.respond(transaction, 200);
  say(lines({ via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa' }));
  clock.advance(32_000);
  say(lines({ via: 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb' }));
  assert.deepEqual(
    got.map(({ text }) => text.slice(8, 11)),
    ['200', '200'],
  );
});

test('RFC 3261 §8.2.6: what cannot be parsed is answered 400 without state, to where it came from', () => {
  const { bob, got, say } = barePeer(6000);
  say(['OPTIONS sip:bob@example.com SIP/2.0', 'Via: SIP/2.0/UDP 192.0.2.9:1;rport;branch=z9hG4bKx', 'CSeq: 1 OPTIONS']);
  assert.equal(got.length, 1);
  assert.match(got[0]!.text, /^SIP\/2\.0 400 /);
  assert.equal(got[0]!.port, 6000);
  assert.equal(bob.layer.counts.server, 0);
  say(['SIP/2.0 200 OK', 'CSeq: 1 OPTIONS']);
  say(['ACK sip:bob@example.com SIP/2.0', 'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx']);
  say(['hello']);
  assert.equal(got.length, 1, 'responses, ACKs and noise get no answer');
});

test('beyond the limit a new request is answered 503 with Retry-After, known ones go on', () => {
  const { clock, alice, bob } = twoAgents({ maxServerTransactions: 2, retryAfterSec: 7 });
  const requests = [1, 2, 3].map(() => alice.send(alice.compose('OPTIONS', 'bob'), bob.target()));
  clock.advance(0);
  assert.deepEqual(
    requests.map(({ statuses }) => statuses),
    [[], [], [503]],
  );
  assert.equal(requests[2]!.responses[0]!.header('Retry-After'), '7');
  assert.deepEqual(bob.layer.counts, { client: 0, server: 2, rejected: 1 });
  bob.respond(bob.requests[0]!, 200);
  clock.advance(0);
  assert.deepEqual(requests[0]!.statuses, [200]);
  clock.advance(32_000);
  assert.equal(bob.layer.counts.server, 0, 'room again');
});

test('a response nobody asked for, or with another method, is handed up as a stray', () => {
  const { clock, alice, bob } = twoAgents();
  const request = alice.send(alice.compose('OPTIONS', 'bob'), bob.target());
  clock.advance(0);
  const { branch } = request.transaction;
  const response = (line: string, cseq: string) => [
    line,
    `Via: SIP/2.0/UDP 192.0.2.1;branch=${branch}`,
    'From: <sip:a@b>;tag=1',
    'To: <sip:b@b>;tag=2',
    'Call-ID: x',
    `CSeq: ${cseq}`,
  ];
  for (const text of [response('SIP/2.0 200 OK', '1 INFO'), response('SIP/2.0 200 OK', '1 CANCEL')]) {
    alice.layer.receiveBytes(encode(`${text.join('\r\n')}\r\n\r\n`), request.transaction.flow);
  }
  assert.deepEqual(request.statuses, []);
  assert.deepEqual(
    alice.strays.map((stray: SipResponse) => stray.cseq.method),
    ['INFO', 'CANCEL'],
  );
});

const bulk = 'x'.repeat(1_400);
const large = (agent: VirtualAgent) => agent.compose('MESSAGE', 'bob', [['Content-Type', 'text/plain']], bulk);

test('RFC 3261 §18.1.1: a request above 1300 bytes goes by TCP, a small one by UDP', () => {
  const { clock, network, alice, bob } = twoAgents();
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const request = alice.send(large(alice), bob.target());
  alice.send(alice.compose('MESSAGE', 'bob'), bob.target());
  clock.advance(10);
  assert.deepEqual(
    network.trace
      .sent('alice')
      .map(({ kind }) => kind)
      .toSorted(),
    ['tcp', 'udp'],
  );
  assert.equal(bob.requests.find((transaction) => transaction.flow.kind === 'tcp')!.request.topVia.transport, 'TCP');
  assert.deepEqual(request.statuses, [200]);
});

test('RFC 3261 §18.1.1: TCP refused: the same transaction goes by UDP, and the next does so at once', () => {
  const { clock, network, alice, bob } = twoAgents();
  bob.host.unlisten('tcp');
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const first = alice.send(large(alice), bob.target());
  clock.advance(10);
  assert.deepEqual(first.statuses, [200]);
  assert.deepEqual(first.failures, []);
  const via = bob.requests[0]!.request.vias();
  assert.deepEqual(
    via.map(({ transport, branch }) => `${transport} ${branch}`),
    [`UDP ${first.transaction.branch}`],
  );
  assert.equal(decode(bob.requests[0]!.request.body), bulk);
  network.trace.clear();
  alice.send(large(alice), bob.target());
  assert.deepEqual(
    network.trace.entries.map(({ kind }) => kind),
    ['udp'],
    'remembered: no connection attempt first',
  );
});

test('RFC 3261 §18.1.1: TCP that does not answer: by UDP once the connection attempt has failed', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 0 }, connectTimeoutMs: 3_000 });
  const alice = new VirtualAgent(network, 'alice', '192.0.2.1');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.2', { kinds: ['udp'] });
  bob.answer = (transaction) => bob.respond(transaction, 200);
  network.link(alice.host, bob.host, { up: false });
  const request = alice.send(large(alice), bob.target());
  clock.advance(2_000);
  network.link(alice.host, bob.host, { up: true });
  clock.advance(1_001);
  assert.deepEqual(request.statuses, [200]);
});

for (const { name, target, kinds, failures } of [
  {
    name: 'tcpFallback false: fails',
    target: { tcpFallback: false },
    kinds: ['tcp', 'connect'],
    failures: ['refused'],
  },
  { name: 'largeByTcp false: UDP whatever the size', target: { largeByTcp: false }, kinds: ['udp'], failures: [] },
] as const) {
  test(`RFC 3261 §18.1.1: ${name}`, () => {
    const { clock, network, alice, bob } = twoAgents();
    bob.host.unlisten('tcp');
    const request = alice.send(large(alice), { ...bob.target(), ...target });
    clock.advance(10);
    assert.deepEqual(
      request.failures.map(({ code }) => code),
      [...failures],
    );
    assert.equal(
      network.trace.entries.some(({ kind }) => kind === 'udp'),
      (kinds as readonly string[]).includes('udp'),
    );
  });
}

test('a large request to a flow (a binding behind NAT) stays on that flow', () => {
  const { clock, network, alice, bob } = twoAgents();
  const flow = alice.host.flowTo(bob.target())!;
  alice.send(large(alice), { ...bob.target(), flowId: flow.id });
  clock.advance(0);
  assert.deepEqual(
    network.trace.entries.map(({ kind, outcome }) => `${kind} ${outcome}`),
    ['udp delivered'],
  );
});

test('a flow that is gone is a failure, never a new connection', () => {
  const { clock, network, alice, bob } = twoAgents();
  const flow = alice.host.flowTo(bob.target('tcp'))!;
  clock.advance(10);
  network.breakConnections(alice.host, bob.host, 'reset');
  const request = alice.send(alice.compose('OPTIONS', 'bob'), { ...bob.target('tcp'), flowId: flow.id });
  clock.advance(10);
  assert.deepEqual(
    request.failures.map(({ code }) => code),
    ['flow-gone'],
  );
  assert.equal(network.trace.entries.length, 0);
});

test('IPv6: brackets in the Via, none in received (RFC 5118 §4.5)', () => {
  const { clock, alice, bob } = twoAgents({}, ['2001:db8::1', '2001:db8::2']);
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const request = alice.send(alice.compose('OPTIONS', 'bob'), bob.target());
  clock.advance(0);
  assert.match(
    bob.requests[0]!.request.header('Via')!,
    /^SIP\/2\.0\/UDP \[2001:db8::1\]:5060;branch=z9hG4bK[a-z0-9]+;rport=5060;received=2001:db8::1$/,
  );
  assert.deepEqual(request.statuses, [200]);
});

test('behind a symmetric NAT a request is answered and rport names the outer port (RFC 3581)', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock });
  const nat = network.nat('203.0.113.9', { kind: 'symmetric' });
  const phone = new VirtualAgent(network, 'phone', { addresses: ['10.0.0.5'], behind: nat });
  const server = new VirtualAgent(network, 'server', '192.0.2.1');
  server.answer = (transaction) => server.respond(transaction, 200);
  const request = phone.send(phone.compose('REGISTER', 'phone'), server.target());
  clock.advance(10);
  assert.deepEqual(request.statuses, [200]);
  assert.deepEqual(
    [request.responses[0]!.topVia.received, request.responses[0]!.topVia.rport],
    ['203.0.113.9', 40_000],
  );
});

test('a thousand calls over a bad link: every INVITE ends, no transaction and no timer is left', () => {
  const { clock, network, alice, bob } = twoAgents();
  network.link(alice.host, bob.host, { delayMs: 30, jitterMs: 50, loss: 0.2, duplication: 0.05, reorder: 0.1 });
  bob.answer = (transaction) => bob.respond(transaction, 486);
  const calls = Array.from({ length: 1_000 }, () => alice.send(alice.compose('INVITE', 'bob'), bob.target()));
  clock.advance(150_000);
  assert.deepEqual(new Set(calls.map(({ statuses }) => statuses.join())), new Set(['486']));
  assert.equal(bob.requests.length, 1_000);
  assert.deepEqual([alice.layer.counts.client, bob.layer.counts.server, clock.armedCount], [0, 0, 0]);
});
