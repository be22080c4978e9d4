/** Where a call goes when a target fails: 503, silence, no connection (RFC 3263 §4.3, RFC 3261 §8.1.3.1, §21.5.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '@ringdown/sip';
import { phoneAndFar, respondAs, textBody, udpTarget, VirtualAgent } from '@ringdown/testkit';

function twoServers() {
  const scene = phoneAndFar();
  const second = new VirtualAgent(scene.network, 'second', '192.0.2.10');
  const call = (first: Target = udpTarget('192.0.2.9')) =>
    scene.a.call('192.0.2.9', { target: first, alternatives: [udpTarget('192.0.2.10')] });
  return { ...scene, second, call };
}

const accept = (agent: VirtualAgent) => {
  agent.answer = (transaction) => {
    if (transaction.method === 'INVITE') respondAs(transaction, 200, 'two', { body: 'answer' });
    else respondAs(transaction, 200, 'two');
  };
};

test('RFC 3263 §4.3: 503 leads to the next target; the same Call-ID, a branch of its own', () => {
  const { a, far, second, call, clock } = twoServers();
  far.answer = (transaction) => respondAs(transaction, 503, 'one');
  accept(second);
  call();
  clock.advance(1000);
  assert.equal(a.session?.phase, 'confirmed');
  const [first, next] = [far.requests[0] ?? assert.fail(), second.requests[0] ?? assert.fail()];
  assert.equal(first.request.callId, next.request.callId);
  assert.notEqual(first.branch, next.branch);
  assert.deepEqual(a.seen, ['accepted']);
});

test('RFC 3261 §8.1.3.1: silence for 64*T1 leads to the next target', () => {
  const { a, far, second, call, clock, network } = twoServers();
  accept(second);
  network.oneWay(a.host, far.host, { up: false });
  call();
  clock.advance(31_900);
  assert.equal(second.requests.length, 0);
  clock.advance(1000);
  assert.equal(a.session?.phase, 'confirmed');
});

test('a refused connection leads to the next target', () => {
  const { a, far, second, call, clock } = twoServers();
  accept(second);
  far.host.unlisten('tcp');
  call({ kind: 'tcp', remote: { family: 4, address: '192.0.2.9', port: 5060 } });
  clock.advance(5000);
  assert.equal(a.session?.phase, 'confirmed');
});

test('a kind of transport that we have not leads to the next target', () => {
  const { a, second, call, clock } = twoServers();
  accept(second);
  call({ kind: 'tls', remote: { family: 4, address: '192.0.2.9', port: 5061 } });
  clock.advance(1000);
  assert.equal(a.session?.phase, 'confirmed');
});

test('the last target’s failure is the call’s', () => {
  const { a, far, second, call, clock } = twoServers();
  far.answer = (transaction) => respondAs(transaction, 503, 'one');
  second.answer = (transaction) => respondAs(transaction, 503, 'two', { headers: [['Retry-After', '30']] });
  call();
  clock.advance(1000);
  assert.deepEqual([a.end?.why, a.end?.status], ['rejected', 503]);
  assert.equal(a.end?.message?.header('Retry-After'), '30');
});

test('no answer at all, nowhere else to go: 408', () => {
  const { a, far, clock, network } = phoneAndFar();
  network.oneWay(a.host, far.host, { up: false });
  a.call(far.address);
  clock.advance(33_000);
  assert.deepEqual([a.end?.why, a.end?.status, a.end?.by], ['timeout', 408, 'remote']);
});

test('a refusal that is not 503 is the call’s end; nobody else is asked', () => {
  const { a, far, second, call, clock } = twoServers();
  far.answer = (transaction) => respondAs(transaction, 486, 'one');
  call();
  clock.advance(1000);
  assert.deepEqual([a.end?.status, second.requests.length], [486, 0]);
});

test('a call that is cancelled goes nowhere else', () => {
  const { a, far, second, call, clock } = twoServers();
  call();
  clock.advance(10);
  respondAs(far.requests[0] ?? assert.fail(), 180, 'one');
  clock.advance(10);
  far.answerCancel = (transaction) => respondAs(transaction, 503, 'one');
  a.session?.end();
  clock.advance(1000);
  assert.deepEqual([a.end?.why, second.requests.length], ['cancelled', 0]);
});

test('the first target answers after all: its call is ended, the second’s goes on', () => {
  const { a, far, second, call, clock, network } = twoServers();
  accept(second);
  // What the first says is lost until we have given it up.
  network.oneWay(far.host, a.host, { up: false });
  call();
  clock.advance(33_000);
  assert.equal(a.session?.phase, 'confirmed');
  network.oneWay(far.host, a.host, { up: true });
  respondAs(far.requests[0] ?? assert.fail(), 200, 'one', { body: 'answer' });
  clock.advance(1000);
  assert.deepEqual(
    far.acks.map(({ to }) => to.tag),
    ['one'],
  );
  assert.equal(far.requests.at(-1)?.method, 'BYE');
  assert.equal(a.session?.phase, 'confirmed');
  assert.equal(a.session?.reinvite(textBody('hold')), true);
});
