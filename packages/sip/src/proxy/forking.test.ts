/** RFC 3261 §16.7: what of several branches' responses goes back, and when; timer C (§16.8), failures (§16.9), CANCEL (§16.10); RFC 6026; RFC 6228. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LinkSettings, textOf, VirtualAgent } from '@ringdown/testkit';
import { buildResponse } from '../message/build-response.ts';
import { edit } from '../message/edit.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { ForwardOptions } from './proxy-port.ts';
import { newNetwork, ProxyHost, type ProxyHostOptions } from './proxy-scene.test.ts';

interface Fork {
  readonly q?: readonly number[];
  readonly method?: string;
  readonly rows?: readonly (readonly [string, string])[];
  readonly options?: ForwardOptions;
  readonly proxy?: ProxyHostOptions;
  readonly link?: Partial<LinkSettings>;
}

/** Alice asks for Bob, who has three phones. */
function fork({ q = [1, 1, 1], method = 'INVITE', rows = [], options = {}, proxy = {}, link }: Fork = {}) {
  const { clock, network } = newNetwork(link === undefined ? {} : { link });
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const p = new ProxyHost(network, 'p', '192.0.2.111', proxy);
  const phones = q.map((_, at) => new VirtualAgent(network, `b${at}`, `192.0.2.20${at}`));
  p.decide = (proxied) =>
    proxied.forward(
      phones.map(({ address }, at) => ({ uri: `sip:bob@${address}`, q: q[at] ?? 1 })),
      options,
    );
  const record = alice.send(alice.compose(method, 'bob', rows), p.target());
  clock.advance(50);
  const say = (at: number, status: number, headers: readonly (readonly [string, string])[] = []): void => {
    const phone = phones[at]!;
    const [transaction] = phone.requests as [ServerTransaction];
    transaction.respond(buildResponse(transaction.request, status, { toTag: `${phone.name}-tag`, headers }));
    clock.advance(50);
  };
  const asked = () => phones.map(({ requests }) => requests.length).join('');
  const cancelled = () => phones.map(({ cancels }) => cancels.length).join('');
  return { clock, network, alice, p, phones, record, say, asked, cancelled };
}

test('RFC 3261 §16.7 step 5: provisionals of all branches go back, 100 does not; the first 2xx ends the others with a reason', () => {
  const { record, say, cancelled, phones } = fork();
  say(0, 180);
  say(1, 183);
  say(2, 100);
  say(1, 200);
  assert.deepEqual(record.statuses, [100, 180, 183, 200]);
  assert.deepEqual(
    record.responses.map((response) => response.vias().length),
    [1, 1, 1, 1],
  );
  assert.equal(cancelled(), '101');
  assert.equal(phones[0]?.cancels[0]?.header('Reason'), 'SIP;cause=200;text="Call completed elsewhere"');
});

test('RFC 3261 §16.7 step 5: every 2xx to INVITE goes back, also when another has; the refusals after it do not', () => {
  const { record, say, phones } = fork();
  for (const phone of phones) phone.answerCancel = () => undefined;
  say(0, 200);
  say(1, 200);
  say(2, 486);
  say(0, 200);
  assert.deepEqual(record.statuses, [100, 200, 200, 200]);
  assert.deepEqual(
    record.responses.slice(1).map(({ to }) => to.tag),
    ['b0-tag', 'b1-tag', 'b0-tag'],
  );
});

test('RFC 6026 §7.3: a 2xx that belongs to no transaction any more is not passed on', () => {
  const { record, say, clock } = fork();
  say(0, 200);
  clock.advance(40_000);
  const before = record.statuses.length;
  say(0, 200);
  assert.equal(record.statuses.length, before);
});

test('RFC 3261 §16.6: higher q first, the next when all of the one before have failed, equal ones together', () => {
  const { record, say, asked } = fork({ q: [0.5, 1, 0.5] });
  assert.equal(asked(), '010');
  say(1, 486);
  assert.equal(asked(), '111');
  assert.deepEqual(record.statuses, [100]);
  say(0, 404);
  say(2, 480);
  assert.equal(record.statuses.at(-1), 486, 'the first of a class, where none says more');
});

test('RFC 3841 §9.1: sequential is one after the other, whatever the q', () => {
  const { say, asked, record } = fork({ options: { isSequential: true } });
  assert.equal(asked(), '100');
  say(0, 480);
  assert.equal(asked(), '110');
  say(1, 480);
  say(2, 200);
  assert.equal(record.statuses.at(-1), 200);
});

test('RFC 3261 §16.7 step 5: a 6xx ends all and is waited with; a 2xx that crosses still counts', () => {
  const { record, say, cancelled, phones, clock } = fork({ q: [1, 1, 0.5] });
  for (const phone of phones) phone.answerCancel = () => undefined;
  say(1, 180);
  say(0, 603);
  assert.deepEqual(record.statuses, [100, 180]);
  assert.equal(cancelled(), '010');
  say(1, 200);
  assert.deepEqual(record.statuses, [100, 180, 200]);
  clock.advance(1000);
  assert.equal(phones[2]?.requests.length, 0, 'no branch after a 6xx');
});

test('RFC 3261 §16.7 step 6: a 6xx goes back when the others are over', () => {
  const { record, say } = fork();
  say(1, 180);
  say(2, 486);
  say(0, 603);
  assert.deepEqual(record.statuses, [100, 180, 603]);
});

test('RFC 3261 §16.7 step 7: the challenges of all branches go along', () => {
  const { record, say } = fork();
  say(0, 407, [['Proxy-Authenticate', 'Digest realm="a", nonce="1"']]);
  say(1, 401, [['WWW-Authenticate', 'Digest realm="b", nonce="2"']]);
  say(2, 486);
  const best = record.responses.at(-1);
  assert.equal(best?.status, 401);
  assert.deepEqual(best?.headers('WWW-Authenticate'), ['Digest realm="b", nonce="2"']);
  assert.deepEqual(best?.headers('Proxy-Authenticate'), ['Digest realm="a", nonce="1"']);
});

test('RFC 3261 §16.7 step 6: a lone 503 is 500 for the caller', () => {
  const { record, say } = fork({ q: [1] });
  say(0, 503, [['Retry-After', '100']]);
  assert.deepEqual([record.statuses.at(-1), record.responses.at(-1)?.header('Retry-After')], [500, undefined]);
});

test('RFC 3261 §16.7 step 4: a contact of a 3xx that was tried already is not tried again', () => {
  const { record, say, asked } = fork({ options: { followsRedirects: true } });
  say(0, 302, [['Contact', '<sip:bob@192.0.2.201>, <sip:bob@192.0.2.200>']]);
  // All three were targets from the beginning: there is nothing new in it.
  assert.equal(asked(), '111');
  say(1, 486);
  say(2, 486);
  assert.equal(record.statuses.at(-1), 302);
});

test('RFC 3261 §16.7 step 4: a 3xx that is followed does not go back', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const [away, home] = [
    new VirtualAgent(network, 'away', '192.0.2.200'),
    new VirtualAgent(network, 'home', '192.0.2.201'),
  ];
  const p = new ProxyHost(network, 'p', '192.0.2.111', { maxTargets: 4 });
  p.decide = (proxied) => proxied.forward([{ uri: 'sip:bob@192.0.2.200' }], { followsRedirects: true });
  const redirect = (to: string) => (transaction: ServerTransaction) =>
    transaction.respond(buildResponse(transaction.request, 302, { toTag: 'r', headers: [['Contact', to]] }));
  away.answer = redirect('<sip:bob@192.0.2.201>;q=0.3, <mailto:bob@example.com>');
  home.answer = (transaction) => home.respond(transaction, 486);
  const record = alice.send(alice.compose('INVITE', 'bob'), p.target());
  clock.advance(500);
  assert.equal(home.requests.length, 1);
  // What could not be tried here is left for the caller; of the two refusals the 3xx is the lower class.
  assert.deepEqual(
    [record.statuses.at(-1), record.responses.at(-1)?.header('Contact')],
    [302, '<mailto:bob@example.com>'],
  );
  // And one that leads on and on is bounded.
  let count = 0;
  away.answer = (transaction) => redirect(`<sip:bob${count++}@192.0.2.200>`)(transaction);
  const endless = alice.send(alice.compose('INVITE', 'bob'), p.target());
  clock.advance(1000);
  assert.equal(endless.statuses.at(-1), 302);
  assert.equal(count, 4);
});

test('RFC 3261 §16.7: without the right to follow it a 3xx goes back as it is', () => {
  const { record, say } = fork({ q: [1] });
  say(0, 302, [['Contact', '<sip:bob@192.0.2.201>']]);
  assert.equal(record.statuses.at(-1), 302);
});

test('RFC 3261 §16.8: timer C is set anew by provisionals, then cancels, and counts as 408', () => {
  const { record, say, clock, cancelled } = fork({ q: [1, 0.5], proxy: { timerCMs: 200_000 } });
  say(0, 180);
  clock.advance(150_000);
  say(0, 180);
  clock.advance(190_000);
  assert.equal(cancelled(), '00');
  say(0, 100);
  clock.advance(20_000);
  assert.equal(cancelled(), '10', '100 sets nothing anew');
  say(1, 486);
  assert.equal(record.statuses.at(-1), 486, 'the next target was tried');
  const lone = fork({ q: [1] });
  lone.say(0, 180);
  lone.clock.advance(200_000);
  assert.equal(lone.record.statuses.at(-1), 408);
});

test('RFC 3261 §16.6 step 11: timer C is more than three minutes, whatever is asked for', () => {
  const { say, clock, cancelled } = fork({ q: [1], proxy: { timerCMs: 1000 } });
  say(0, 180);
  clock.advance(179_000);
  assert.equal(cancelled(), '0');
});

test('RFC 3261 §16.9: a branch that cannot be sent is 503, and the next target is tried', () => {
  const { network, clock } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const bob = new VirtualAgent(network, 'bob', '192.0.2.201');
  bob.answer = (transaction) => bob.respond(transaction, 200);
  const p = new ProxyHost(network, 'p', '192.0.2.111');
  p.decide = (proxied) =>
    proxied.forward([{ uri: 'sip:bob@192.0.2.201:5999' }, { uri: 'sip:bob@192.0.2.201', q: 0.1 }]);
  const record = alice.send(alice.compose('INVITE', 'bob'), p.target());
  clock.advance(500);
  assert.equal(record.statuses.at(-1), 200);
  p.decide = (proxied) => proxied.forward([{ uri: 'sip:bob@192.0.2.201:5999' }]);
  const failed = alice.send(alice.compose('INVITE', 'bob'), p.target());
  clock.advance(500);
  assert.equal(failed.statuses.at(-1), 500);
});

test('RFC 3261 §16.10: CANCEL goes to every branch, with its Reason; what was not asked yet never is', () => {
  const { record, say, clock, cancelled, asked, phones, alice } = fork({ q: [1, 1, 0.5] });
  say(0, 180);
  say(1, 180);
  record.transaction.cancel('Q.850;cause=16');
  clock.advance(500);
  assert.deepEqual([cancelled(), asked()], ['110', '110']);
  assert.equal(phones[1]?.cancels[0]?.header('Reason'), 'Q.850;cause=16');
  assert.equal(record.statuses.at(-1), 487);
  assert.equal(alice.strays.length, 0);
});

test('RFC 3261 §9.2: a CANCEL before anything was decided is 487 at once', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const p = new ProxyHost(network, 'p', '192.0.2.111');
  p.decide = () => undefined;
  const record = alice.send(alice.compose('INVITE', 'bob'), p.target());
  clock.advance(50);
  record.transaction.cancel();
  clock.advance(50);
  assert.equal(record.statuses.at(-1), 487);
  p.asked[0]?.forward([{ uri: 'sip:bob@192.0.2.200' }]);
  clock.advance(50);
  assert.equal(network.trace.sent('p').filter((entry) => textOf(entry).startsWith('INVITE')).length, 0);
});

test('RFC 3261 §9.1: branches that have said nothing are cancelled when they do', () => {
  const { record, clock, cancelled, phones } = fork({ q: [1] });
  // No 100 from the phone's layer yet: it sends one after 200 ms.
  record.transaction.cancel();
  clock.advance(50);
  assert.equal(cancelled(), '0');
  clock.advance(500);
  assert.equal(cancelled(), '1');
  assert.equal(record.statuses.at(-1), 487);
  assert.equal(phones[0]?.confirmed.length, 1);
});

test('RFC 6228 §6: 199 tells that one of several early dialogs is over, where the caller understands it', () => {
  const { record, say } = fork({ rows: [['Supported', '199, timer']] });
  say(0, 180);
  say(1, 180);
  say(0, 486);
  const told = record.responses.at(-1);
  assert.deepEqual([told?.status, told?.to.tag, told?.header('Reason')], [199, 'b0-tag', 'SIP;cause=486']);
  say(2, 486);
  assert.deepEqual(record.statuses, [100, 180, 180, 199], 'the third had no early dialog');
  say(1, 486);
  assert.deepEqual(record.statuses, [100, 180, 180, 199, 486], 'the last: the final itself says it');
});

test('RFC 6228 §6: no 199 for who does not know it, for who requires 100rel, nor after one of the callee', () => {
  for (const rows of [
    [],
    [
      ['Supported', '199'],
      ['Require', '100rel'],
    ],
  ] as const) {
    const { record, say } = fork({ rows });
    say(0, 180);
    say(0, 486);
    assert.deepEqual(record.statuses, [100, 180]);
  }
  const { record, say } = fork({ rows: [['Supported', '199']] });
  say(0, 180);
  say(0, 199);
  say(0, 486);
  assert.deepEqual(record.statuses, [100, 180, 199]);
});

test('RFC 4320 §4.1: what is not INVITE gets no provisional and no 408 through a proxy', () => {
  const { record, clock, say } = fork({ method: 'MESSAGE', q: [1] });
  say(0, 180);
  clock.advance(60_000);
  assert.deepEqual(
    record.statuses.filter((status) => status !== 100),
    [],
  );
  assert.equal(record.timeouts, 1);
});

test('a MESSAGE to three phones: the first 2xx goes back once, and silence of one does not swallow the refusals of others', () => {
  const { record, say } = fork({ method: 'MESSAGE' });
  say(1, 200);
  say(0, 200);
  assert.deepEqual(record.statuses, [200]);
  const late = fork({ method: 'MESSAGE' });
  late.say(0, 486);
  late.say(1, 415);
  late.clock.advance(20_000);
  assert.deepEqual(
    late.record.statuses.filter((status) => status > 100),
    [],
  );
  late.clock.advance(10_500);
  assert.equal(late.record.statuses.at(-1), 415);
  assert.equal(late.record.timeouts, 0);
});

test('RFC 3261 §16.7: nothing is left when all is over, over a network that loses and doubles', () => {
  const link = { loss: 0.2, duplication: 0.2, jitterMs: 20 };
  const { p, phones, clock, alice } = fork({ link });
  for (const phone of phones) phone.answer = (transaction) => phone.respond(transaction, 486);
  for (let n = 0; n < 20; n++) alice.send(edit(alice.compose('INVITE', 'bob')).done(), p.target());
  clock.advance(600_000);
  assert.deepEqual(p.layer.counts, { client: 0, server: 0, rejected: 0 });
  assert.equal(clock.armedCount, 0);
});

test('RFC 3263 §4.3: a server that was given up answers after all: that counts, and the one asked meanwhile is cancelled', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const slow = new VirtualAgent(network, 'slow', '192.0.2.200', { timers: { tryingMs: 60_000 } });
  const other = new VirtualAgent(network, 'other', '192.0.2.201');
  const p = new ProxyHost(network, 'p', '192.0.2.111', { attemptMs: 2000 });
  p.decide = (proxied) => proxied.forward([{ uri: 'sip:bob@example.com', targets: [slow.target(), other.target()] }]);
  const record = alice.send(alice.compose('INVITE', 'bob'), p.target());
  clock.advance(2500);
  assert.deepEqual([slow.requests.length, other.requests.length], [1, 1]);
  slow.respond(slow.requests[0]!, 200);
  clock.advance(500);
  assert.deepEqual(record.statuses, [100, 200]);
  assert.equal(other.cancels.length, 1);
});

test('RFC 3261 §16.10: a CANCEL while the next hop is still looked up: nothing is sent, 487', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const p = new ProxyHost(network, 'p', '192.0.2.111');
  p.dns.mode = 'silent';
  const record = alice.send(alice.compose('INVITE', 'bob'), p.target());
  clock.advance(100);
  record.transaction.cancel();
  clock.advance(60_000);
  assert.equal(record.statuses.at(-1), 487);
  assert.deepEqual(
    network.trace.sent('p').filter((entry) => entry.to !== 'alice'),
    [],
  );
  assert.equal(clock.armedCount, 0);
});

test('RFC 3261 §16.10: a CANCEL of what never came here is 481', () => {
  const { clock, network } = newNetwork();
  const alice = new VirtualAgent(network, 'alice', '192.0.2.101');
  const p = new ProxyHost(network, 'p', '192.0.2.111');
  alice.send(alice.compose('CANCEL', 'bob'), p.target());
  clock.advance(100);
  // A CANCEL that is sent like any request has no transaction of its own in Alice's layer.
  assert.deepEqual(
    alice.strays.map(({ status }) => status),
    [481],
  );
  assert.equal(p.asked.length, 0);
});

test('RFC 3261 §9.1: a phone answers while it is cancelled by the caller: the 2xx goes back', () => {
  const { record, say, phones, clock } = fork({ q: [1] });
  for (const phone of phones) phone.answerCancel = () => undefined;
  say(0, 180);
  record.transaction.cancel();
  clock.advance(10);
  say(0, 200);
  assert.deepEqual(record.statuses, [100, 180, 200]);
});
