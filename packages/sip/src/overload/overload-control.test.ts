/** A server with a service time, in virtual time: callers that repeat by RFC 3261 timers, and what becomes of their calls at and beyond its capacity. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { buildRequest } from '../message/build-request.ts';
import type { SipRequest } from '../message/request.ts';
import type { Flow } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import { InputQueue } from './input-queue.ts';
import { OverloadControl } from './overload-control.ts';
import { beginsSomething } from './sheddable.ts';

/** What the processor needs for each, by method; refusing and repeating cost the least. */
const costMs: Readonly<Record<string, number>> = { INVITE: 4, BYE: 1.5, ACK: 0.5 };
const refusalMs = 0.2;
const callMs = 6;
const capacity = 1_000 / callMs;

interface WorldOptions {
  readonly overload: OverloadControl | null;
  /** The queue is the kernel's: so many datagrams are seen per turn, so many wait unseen, the rest are lost. */
  readonly unseen?: { readonly perTurn: number; readonly room: number };
}

type Outgoing = readonly [Uint8Array, Flow, SendOwner | null];

/** The turns of a driver whose processor is virtual: outputs leave when the time that the inputs cost is over. */
function overloadedServer(network: VirtualNetwork, { overload, unseen }: WorldOptions) {
  const { clock } = network;
  const server = new VirtualAgent(network, 'server', '192.0.2.2', overload === null ? {} : { admission: overload });
  const queue = new InputQueue<() => void>({ nowMs: () => clock.nowMs() });
  const kernel: (() => void)[] = [];
  const { host } = server;
  const send = host.send.bind(host);
  let outbox: Outgoing[] = [];
  let workMs = 0;
  let idleMs = 0;
  let idleSinceMs: number | null = 0;
  let longestWaitMs = 0;
  host.send = (...outgoing) => void outbox.push(outgoing);
  server.answer = (transaction) => {
    workMs += (costMs[transaction.method] ?? 1) - refusalMs;
    server.respond(transaction, 200);
  };
  server.onAck = (ack) => {
    if (ack.to.tag === 'server-tag') workMs += (costMs.ACK ?? 0) - refusalMs;
  };
  const turn = (): void => {
    const nowMs = clock.nowMs();
    if (unseen !== undefined) for (const input of kernel.splice(0, unseen.perTurn)) queue.push(input);
    if (queue.length === 0) {
      idleSinceMs = nowMs;
      return;
    }
    longestWaitMs = Math.max(longestWaitMs, queue.waitedMs(nowMs));
    overload?.turnBegan(nowMs, queue.waitedMs(nowMs), () => (unseen === undefined ? Number.NaN : idleMs));
    const inputs = queue.take(100);
    workMs = inputs.length * refusalMs;
    for (const input of inputs) input();
    network.later(workMs, () => {
      const sent = outbox;
      outbox = [];
      for (const outgoing of sent) send(...outgoing);
      turn();
    });
  };
  host.onMessage = (bytes, flow) => {
    const input = () => server.layer.receiveBytes(bytes, flow);
    if (unseen === undefined) {
      if (overload !== null && queue.isFull(clock.nowMs()) && beginsSomething(bytes)) return;
      queue.push(input);
    } else if (kernel.length < unseen.room) kernel.push(input);
    if (idleSinceMs === null) return;
    idleMs += clock.nowMs() - idleSinceMs;
    idleSinceMs = null;
    network.later(0, turn);
  };
  return { server, longestWaitMs: () => longestWaitMs };
}

/** Calls by chance at that rate for so long; counts those that were answered and hung up, and when the answer came. */
function offer(share: number, forMs: number, options: WorldOptions) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 1 } });
  const { server, longestWaitMs } = overloadedServer(network, options);
  const alice = new VirtualAgent(network, 'alice', '192.0.2.1');
  const chance = new SeededRandom(7);
  const result = { offered: 0, good: 0, refused: 0, retryAfter: new Set<string>(), answerMs: [] as number[] };
  const inDialog = (invite: SipRequest, method: string) =>
    buildRequest({
      method,
      uri: invite.uri,
      headers: [
        ['Max-Forwards', 70],
        ['From', invite.header('From')!],
        ['To', `${invite.header('To')};tag=server-tag`],
        ['Call-ID', invite.callId],
        ['CSeq', `${method === 'ACK' ? 1 : 2} ${method}`],
      ],
    });
  const call = (): void => {
    const startMs = clock.nowMs();
    const invite = alice.compose('INVITE', 'bob');
    const sending = alice.send(invite, server.target());
    let isOver = false;
    sending.onEvent = () => {
      const response = sending.responses.at(-1);
      if (isOver || response === undefined || response.status < 200) return;
      isOver = true;
      if (response.status === 503) {
        result.refused++;
        result.retryAfter.add(response.header('Retry-After')!);
        return;
      }
      result.answerMs.push(clock.nowMs() - startMs);
      alice.layer.sendDirect(inDialog(invite, 'ACK'), server.target());
      network.later(200, () => {
        const bye = alice.send(inDialog(invite, 'BYE'), server.target());
        bye.onEvent = () => {
          if (bye.statuses[0] === 200) result.good++;
        };
      });
    };
  };
  const meanMs = 1_000 / (capacity * share);
  const next = (): void => {
    if (clock.nowMs() >= forMs) return;
    result.offered++;
    call();
    network.later(-Math.log(1 - chance.fraction()) * meanMs, next);
  };
  next();
  clock.advance(forMs + 1_000);
  result.answerMs.sort((one, other) => one - other);
  const p99Ms = result.answerMs[Math.floor(result.answerMs.length * 0.99)] ?? 0;
  const goodput = result.good / forMs / (capacity / 1_000);
  return { ...result, p99Ms, goodput, longestWaitMs: longestWaitMs() };
}

test('RFC 6357 §3: without control, twice the load that a server can do leaves it with next to nothing done in time', () => {
  const { goodput, p99Ms } = offer(2, 8_000, { overload: null });
  assert.ok(goodput < 0.7 || p99Ms > 2_000, `goodput ${goodput}, p99 ${p99Ms}`);
});

test('below capacity nobody is turned away', () => {
  for (const share of [0.5, 0.8]) {
    const { offered, good, refused } = offer(share, 8_000, { overload: new OverloadControl() });
    assert.deepEqual([good, refused], [offered, 0], `at ${share}`);
  }
});

for (const share of [1.2, 2, 4]) {
  test(`RFC 6357 §3: at ${share} times capacity goodput holds, answers stay quick, the rest is told 503`, () => {
    const { goodput, p99Ms, refused, longestWaitMs } = offer(share, 8_000, { overload: new OverloadControl() });
    // At four times, saying no to three of four costs a fifth of the processor.
    assert.ok(goodput > (share > 2 ? 0.65 : 0.8), `goodput ${goodput}`);
    assert.ok(p99Ms < 500, `p99 ${p99Ms}`);
    assert.ok(longestWaitMs < 1_000, `longest wait ${longestWaitMs}`);
    assert.ok(refused > 0);
  });
}

test('where the queue is in the kernel and unseen, a thread that is never idle is the sign', () => {
  const unseen = { perTurn: 32, room: 300 };
  const without = offer(2, 8_000, { overload: null, unseen });
  const { goodput, refused } = offer(2, 8_000, { overload: new OverloadControl(), unseen });
  assert.ok(goodput > 0.8, `goodput ${goodput}`);
  assert.ok(goodput > without.goodput, `${goodput}, without control ${without.goodput}`);
  assert.ok(refused > 0);
});

test('RFC 3261 §21.5.4: Retry-After is not the same for everybody, so that they do not come back together', () => {
  const { retryAfter } = offer(2, 5_000, { overload: new OverloadControl({ retryAfterSec: 5 }) });
  assert.ok(retryAfter.size >= 5, [...retryAfter].join());
  for (const text of retryAfter) assert.ok(Number(text) >= 5 && Number(text) <= 10, text);
});

/** A server that takes hardly anything new. */
function shedding(settings: ConstructorParameters<typeof OverloadControl>[0] = {}) {
  const overload = new OverloadControl(settings);
  for (let nowMs = 0; nowMs <= 5_000; nowMs += 100) overload.turnBegan(nowMs, 1_000, () => 0);
  const network = new VirtualNetwork({ clock: new VirtualClock() });
  return { overload, agent: new VirtualAgent(network, 'alice', '192.0.2.1') };
}

test('RFC 6357 §5.3: what has begun is finished: only beginnings are turned away', () => {
  const { overload, agent } = shedding();
  const toTag: [string, string] = ['To', '<sip:bob@example.com>;tag=b'];
  const admitted = (method: string, within: boolean) => {
    const request = agent.compose(method, 'bob');
    const inside = buildRequest({
      method,
      uri: request.uri,
      headers: request.rows().map(({ name, value }) => (name === 'To' && within ? toTag : [name, value])),
    });
    return overload.admits(agent.send(inside, agent.target()).transaction.request);
  };
  for (const method of ['INVITE', 'REGISTER', 'SUBSCRIBE', 'MESSAGE']) {
    assert.equal(admitted(method, false), false, method);
    assert.equal(admitted(method, true), true, `${method} in a dialog`);
  }
  for (const method of ['BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'OPTIONS', 'NOTIFY'])
    assert.equal(admitted(method, false), true, method);
});

test('RFC 5031, RFC 7135: an emergency call is never turned away', () => {
  const { overload, agent } = shedding({ emergencyNumbers: ['112'] });
  const invite = (uri: string, extra: readonly [string, string][] = []) => {
    const headers = agent.compose('INVITE', 'bob', extra).rows();
    const request = buildRequest({ method: 'INVITE', uri, headers: headers.map(({ name, value }) => [name, value]) });
    return overload.admits(agent.send(request, agent.target()).transaction.request);
  };
  assert.equal(invite('urn:service:sos.fire'), true);
  assert.equal(invite('sip:112@example.com'), true);
  assert.equal(invite('tel:112;phone-context=example.com'), true);
  assert.equal(invite('sip:bob@example.com', [['Resource-Priority', 'wps.3, esnet.1']]), true);
  assert.equal(invite('sip:1123@example.com'), false);
  assert.equal(invite('sip:bob@example.com', [['Resource-Priority', 'wps.3']]), false);
});

test('RFC 3261 §8.2.7: a request that was turned away and its retransmission get the same 503, tag included', () => {
  const { overload } = shedding();
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, link: { delayMs: 0 } });
  const server = new VirtualAgent(network, 'server', '192.0.2.2', { admission: overload });
  const peer = network.host('peer', '192.0.2.9').listen('udp');
  const got: string[] = [];
  peer.onMessage = (bytes) => got.push(new TextDecoder().decode(bytes));
  const alice = new VirtualAgent(network, 'alice', '192.0.2.1');
  const { request } = alice.send(alice.compose('REGISTER', 'bob'), server.target()).transaction;
  const wire = `REGISTER sip:example.com SIP/2.0\r\n${request
    .rows()
    .map(({ name, value }) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
  const flow = peer.flowTo(server.target())!;
  for (let time = 0; time < 2; time++)
    peer.send(new TextEncoder().encode(wire.replace('192.0.2.1', '192.0.2.9')), flow, null);
  clock.advance(10);
  assert.equal(got.length, 2);
  assert.match(got[0]!, /^SIP\/2\.0 503 [\s\S]*\r\nRetry-After: /);
  assert.equal(got[0], got[1]);
  assert.equal(server.requests.length, 0);
});

test('a thread that is busy all the time and keeps nobody waiting has not too much to do, where that can be seen', () => {
  const overload = new OverloadControl();
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 10) overload.turnBegan(nowMs, 20, () => Number.NaN);
  assert.equal(overload.share, 1);
  for (let nowMs = 20_000; nowMs <= 40_000; nowMs += 10) overload.turnBegan(nowMs, 20, () => 0);
  assert.ok(overload.share < 0.5, 'where it cannot, it must be taken for that');
});

test('a stall of half a second is no overload', () => {
  const overload = new OverloadControl();
  for (let nowMs = 0; nowMs <= 2_000; nowMs += 10) overload.turnBegan(nowMs, 0, () => nowMs * 0.6);
  overload.turnBegan(2_500, 500, () => 1_200);
  overload.turnBegan(2_510, 0, () => 1_206);
  assert.equal(overload.share, 1);
});
