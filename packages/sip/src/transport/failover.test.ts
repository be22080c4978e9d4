/** RFC 3263 §4.3 on the virtual network: which target a request ends up at, and when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, VirtualAgent, VirtualClock, VirtualDns, VirtualNetwork } from '@ringdown/testkit';
import { buildResponse } from '../message/build-response.ts';
import type { SipResponse } from '../message/response.ts';
import { parseSipUri } from '../message/uri.ts';
import type { ClientTransaction } from '../transaction/transaction-port.ts';
import { DnsCache } from './dns-cache.ts';
import { FailedTargets } from './failed-targets.ts';
import { Failover, type FailoverOptions, type FailoverUser } from './failover.ts';
import type { TransportFailure } from './flow.ts';
import { type LocateFailure, ServerLocator } from './locate-server.ts';

class Outcome implements FailoverUser {
  readonly events: string[] = [];
  readonly #clock: VirtualClock;
  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }
  onResponse(response: SipResponse, transaction: ClientTransaction): void {
    this.#note(`${response.status} from ${transaction.flow.remote.address}`);
  }
  onTimeout(): void {
    this.#note('timeout');
  }
  onTransportFailure(failure: TransportFailure): void {
    this.#note(failure.code);
  }
  onUnlocated(failure: LocateFailure): void {
    this.#note(failure.code);
  }
  onNextTarget(_target: unknown, why: string): void {
    this.#note(`next: ${why}`);
  }
  #note(event: string): void {
    this.events.push(`${event} @${this.#clock.nowMs()}`);
  }
}

/** Two servers behind one name, the first preferred; answers nothing unless told to. */
function world(options: Partial<FailoverOptions> = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 0 } });
  const dns = new VirtualDns(clock);
  dns.delayMs = 0;
  const alice = new VirtualAgent(network, 'alice', '192.0.2.1');
  const one = new VirtualAgent(network, 'one', '192.0.2.11');
  const two = new VirtualAgent(network, 'two', '192.0.2.12');
  for (const kind of ['udp', 'tcp']) {
    dns.srv(`_sip._${kind}.example.com`, [1, 1, 5060, 'one.example.com'], [2, 1, 5060, 'two.example.com']);
  }
  dns.a('one.example.com', '192.0.2.11').a('two.example.com', '192.0.2.12');
  const cache = new DnsCache(dns, clock);
  const locator = new ServerLocator({ cache, clock, random: new SeededRandom(1), families: [4] });
  const failed = new FailedTargets(clock);
  const failover = new Failover({ transactions: alice.layer, locator, failed, clock, ...options });
  const send = (method = 'OPTIONS', transport = 'udp') => {
    const outcome = new Outcome(clock);
    const uri = parseSipUri(`sip:bob@example.com;transport=${transport}`)!;
    const sending = failover.send(alice.compose(method, 'bob'), uri, outcome);
    return { outcome, sending };
  };
  return { clock, network, dns, alice, one, two, failed, send, failover };
}

test('RFC 3263 §4.3: the first target that answers gets it, with whatever answer but 503', () => {
  const { clock, one, two, send } = world();
  one.answer = (transaction) => one.respond(transaction, 486);
  const { outcome } = send();
  clock.advance(10);
  assert.deepEqual(outcome.events, ['486 from 192.0.2.11 @0']);
  assert.equal(two.requests.length, 0);
});

test('RFC 3263 §4.3: 503 leads to the next target, by a new branch; merging is no matter', () => {
  const { clock, one, two, send } = world();
  one.answer = (transaction) => one.respond(transaction, 503);
  two.answer = (transaction) => two.respond(transaction, 200);
  const { outcome } = send();
  clock.advance(10);
  assert.deepEqual(outcome.events, ['next: unavailable @0', '200 from 192.0.2.12 @0']);
  const [first, second] = [one.requests[0]!.request, two.requests[0]!.request];
  assert.notEqual(first.topVia.branch, second.topVia.branch);
  assert.equal(second.vias().length, 1);
  assert.deepEqual([second.callId, second.cseq.seq], [first.callId, first.cseq.seq]);
});

test('RFC 3261 §21.5.4: 503 with Retry-After keeps the target out for that long', () => {
  const { clock, one, two, send } = world();
  one.answer = (transaction) =>
    transaction.respond(
      buildResponse(transaction.request, 503, { toTag: 'x', headers: [['Retry-After', '120 (maintenance)']] }),
    );
  two.answer = (transaction) => two.respond(transaction, 200);
  send();
  clock.advance(100_000);
  send();
  clock.advance(1_000);
  assert.deepEqual([one.requests.length, two.requests.length], [1, 2]);
  clock.advance(20_000);
  send();
  clock.advance(1_000);
  assert.equal(one.requests.length, 2);
});

test('RFC 3263 §4.3: TCP refused leads to the next at once, and the next request goes there first', () => {
  const { clock, one, two, send } = world();
  one.host.unlisten('tcp');
  two.answer = (transaction) => two.respond(transaction, 200);
  const first = send('OPTIONS', 'tcp');
  clock.advance(10);
  assert.deepEqual(first.outcome.events, ['next: refused @0', '200 from 192.0.2.12 @0']);
  const second = send('OPTIONS', 'tcp');
  clock.advance(10);
  assert.deepEqual(second.outcome.events, ['200 from 192.0.2.12 @10']);
});

test('RFC 3263 §4.3: a silent target costs 64*T1 the first time, nothing the second, and is tried again later', () => {
  const { clock, network, alice, one, two, send } = world({ avoidMs: 60_000 });
  network.link(alice.host, one.host, { up: false });
  two.answer = (transaction) => two.respond(transaction, 200);
  const first = send();
  clock.advance(33_000);
  assert.deepEqual(first.outcome.events, ['next: timeout @32000', '200 from 192.0.2.12 @32000']);
  const second = send();
  clock.advance(1_000);
  assert.deepEqual(second.outcome.events, ['200 from 192.0.2.12 @33000']);
  network.link(alice.host, one.host, { up: true });
  one.answer = (transaction) => one.respond(transaction, 200);
  clock.advance(60_000);
  const third = send();
  clock.advance(1_000);
  assert.deepEqual(third.outcome.events, ['200 from 192.0.2.11 @94000']);
});

test('attemptMs: a silent target is left after that, a ringing one is not', () => {
  const { clock, network, alice, one, two, send } = world({ attemptMs: 4_000 });
  two.answer = (transaction) => two.respond(transaction, 180);
  network.link(alice.host, one.host, { up: false });
  const silent = send('INVITE');
  clock.advance(10_000);
  assert.deepEqual(silent.outcome.events, ['next: timeout @4000', '180 from 192.0.2.12 @4000']);
  network.link(alice.host, one.host, { up: true });
  clock.advance(60_000);
  const ringing = send('INVITE');
  one.answer = (transaction) => one.respond(transaction, 180);
  clock.advance(20_000);
  assert.deepEqual(
    ringing.outcome.events.map((event) => event.split(' @')[0]),
    ['180 from 192.0.2.11'],
  );
});

test('attemptMs: an INVITE that was given up is cancelled once it rings, and a 2xx of it is handed up as a fork', () => {
  const { clock, network, alice, one, two, send } = world({ attemptMs: 4_000 });
  network.oneWay(one.host, alice.host, { up: false });
  const { outcome } = send('INVITE');
  clock.advance(5_000);
  const soFar = ['next: timeout @4000', '100 from 192.0.2.12 @4200'];
  assert.deepEqual(outcome.events, soFar);
  network.oneWay(one.host, alice.host, { up: true });
  one.answerCancel = () => {};
  one.respond(one.requests[0]!, 180);
  clock.advance(0);
  assert.equal(one.cancels.length, 1);
  assert.deepEqual(outcome.events, soFar, 'its ringing is no news');
  one.respond(one.requests[0]!, 200);
  two.respond(two.requests[0]!, 200);
  clock.advance(0);
  assert.deepEqual(outcome.events.slice(2), ['200 from 192.0.2.11 @5000', '200 from 192.0.2.12 @5000']);
});

test('when the last target fails the user learns how', () => {
  const { clock, one, two, send } = world();
  one.answer = (transaction) => one.respond(transaction, 503);
  two.answer = (transaction) => two.respond(transaction, 503);
  const unavailable = send();
  clock.advance(10);
  assert.deepEqual(unavailable.outcome.events, ['next: unavailable @0', '503 from 192.0.2.12 @0']);
  one.host.unlisten('tcp');
  two.host.unlisten('tcp');
  const refused = send('OPTIONS', 'tcp');
  clock.advance(10);
  assert.deepEqual(refused.outcome.events, ['next: refused @10', 'refused @10']);
  const bothFailed = send('OPTIONS', 'tcp');
  clock.advance(10);
  assert.equal(bothFailed.outcome.events.length, 2, 'failed lately, but there is nothing else: tried all the same');
});

test('a name without servers is told as such, not as a time-out, and never from inside send', () => {
  const { clock, dns, failover, alice } = world();
  const outcome = new Outcome(clock);
  for (const uri of ['sip:nowhere.example:5060', 'sip:192.0.2.9;transport=sctp']) {
    failover.send(alice.compose('INVITE', 'bob'), parseSipUri(uri)!, outcome);
  }
  failover.sendTo(alice.compose('INVITE', 'bob'), [], outcome);
  assert.deepEqual(outcome.events, []);
  clock.advance(100);
  assert.deepEqual(outcome.events.toSorted(), ['no-such-server @0', 'no-such-server @0', 'transport-unsupported @0']);
  dns.mode = 'silent';
  failover.send(alice.compose('INVITE', 'bob'), parseSipUri('sip:other.example:5060')!, outcome);
  clock.advance(10_000);
  assert.equal(outcome.events.at(-1), 'dns-failed @2600');
});

test('cancel: no further target is tried; before DNS has answered nothing is sent at all', () => {
  const { clock, dns, one, two, send } = world();
  one.answer = (transaction) => one.respond(transaction, 180);
  const ringing = send('INVITE');
  clock.advance(10);
  one.answerCancel = (transaction) => one.respond(transaction, 503);
  ringing.sending.cancel('SIP;cause=487');
  clock.advance(10);
  assert.deepEqual(ringing.outcome.events, ['180 from 192.0.2.11 @0', '503 from 192.0.2.11 @10']);
  assert.equal(one.cancels[0]!.header('Reason'), 'SIP;cause=487');
  assert.equal(two.requests.length, 0);
  dns.delayMs = 50;
  clock.advance(400_000);
  const early = send('INVITE');
  early.sending.cancel();
  clock.advance(1_000);
  assert.deepEqual(
    early.outcome.events.map((event) => event.split(' @')[0]),
    ['cancelled'],
  );
  assert.equal(one.requests.length, 1);
});

test('a target that failed and works again is preferred again at once', () => {
  const { clock, one, two, send, failed } = world();
  one.answer = (transaction) => one.respond(transaction, 200);
  failed.add(one.target(), 600_000);
  failed.add(two.target(), 600_000);
  send();
  clock.advance(10);
  failed.add(two.target(), 600_000);
  assert.equal(failed.has(one.target()), false);
  assert.equal(one.requests.length, 1);
});

test('a failure of our own making does not count against the target', () => {
  const { clock, alice, one, failed, failover } = world();
  const outcome = new Outcome(clock);
  const unreachable = { kind: 'tls', remote: one.target().remote } as const;
  failover.sendTo(alice.compose('OPTIONS', 'bob'), [unreachable, one.target()], outcome);
  one.answer = (transaction) => one.respond(transaction, 200);
  clock.advance(10);
  assert.deepEqual(outcome.events, ['next: no-listener @0', '200 from 192.0.2.11 @0']);
  assert.equal(failed.has(unreachable), false);
});

test('what is remembered of failed targets is bounded, the oldest goes first', () => {
  const failed = new FailedTargets(new VirtualClock());
  const target = (port: number) => ({ kind: 'udp', remote: { family: 4, address: '192.0.2.1', port } }) as const;
  for (let port = 1; port <= 10_001; port++) failed.add(target(port), 1_000);
  assert.deepEqual([failed.has(target(1)), failed.has(target(2)), failed.has(target(10_001))], [false, true, true]);
});

test('a list of targets is tried in its order', () => {
  const { clock, one, two, alice, failover } = world();
  one.answer = (transaction) => one.respond(transaction, 200);
  two.answer = (transaction) => two.respond(transaction, 503);
  const outcome = new Outcome(clock);
  failover.sendTo(alice.compose('OPTIONS', 'bob'), [two.target(), one.target()], outcome);
  clock.advance(10);
  assert.deepEqual(outcome.events, ['next: unavailable @0', '200 from 192.0.2.11 @0']);
});
