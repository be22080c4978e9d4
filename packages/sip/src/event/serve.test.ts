/** The notifier (RFC 6665 §4.2): what a SUBSCRIBE is answered, when NOTIFY leaves, how a subscription ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse } from '@ringdown/sip';
import { udpTarget, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { EventPlace, policy, watcherAndShower } from './event-scene.test.ts';

/** A notifier before a subscriber that the test plays. */
function showerAndFar() {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const shower = new EventPlace(network, 'shower', '192.0.2.2');
  const far = new VirtualAgent(network, 'far', '192.0.2.9');
  let notifyStatus = 200;
  far.answer = (transaction) => transaction.respond(buildResponse(transaction.request, notifyStatus));
  const subscribe = (headers: readonly (readonly [string, string])[]) => {
    const contact = ['Contact', '<sip:far@192.0.2.9>'] as const;
    const record = far.send(far.compose('SUBSCRIBE', 'shower', [contact, ...headers]), shower.agent.target());
    clock.advance(200);
    return record.responses.at(-1) ?? assert.fail('no answer');
  };
  const states = () => far.requests.map(({ request }) => request.header('Subscription-State'));
  return {
    clock,
    network,
    shower,
    far,
    subscribe,
    states,
    answerNotify: (status: number) => {
      notifyStatus = status;
    },
  };
}

const event = ['Event', 'presence'] as const;

test('RFC 6665 §4.2.1.1, §7.2.1: a package that is not served, or none, is 489 and Allow-Events names what is', () => {
  const { subscribe } = showerAndFar();
  const answers = [subscribe([['Event', 'weather']]), subscribe([])];
  assert.deepEqual(
    answers.map((answer) => `${answer.status} ${answer.header('Allow-Events')}`),
    ['489 presence', '489 presence'],
  );
});

test('RFC 6665 §4.2.1.1: too short an Expires is 423 with Min-Expires, too long a one is shortened, none is the default', () => {
  const { subscribe } = showerAndFar();
  const brief = subscribe([event, ['Expires', '5']]);
  assert.equal(`${brief.status} ${brief.header('Min-Expires')}`, '423 60');
  assert.equal(subscribe([event, ['Expires', '99999']]).header('Expires'), '7200');
  assert.equal(subscribe([event]).header('Expires'), '3600');
});

test('RFC 6665 §4.2.1: a subscriber that takes no type of the package is 406', () => {
  const { subscribe } = showerAndFar();
  const answer = subscribe([event, ['Accept', 'application/pidf+xml']]);
  assert.equal(`${answer.status} ${answer.header('Accept')}`, '406 text/plain');
  assert.equal(subscribe([event, ['Accept', 'text/*;q=0.5']]).status, 200);
});

test('RFC 6665 §4.2.1.2: the NOTIFY follows the 200 at once, in the dialog, with Event, state and Contact', () => {
  const { subscribe, far } = showerAndFar();
  const answer = subscribe([
    ['Event', 'presence;id=4'],
    ['Expires', '900'],
  ]);
  const { request } = far.requests[0] ?? assert.fail();
  assert.equal(request.method, 'NOTIFY');
  assert.equal(request.uri, 'sip:far@192.0.2.9');
  assert.equal(request.from.tag, answer.to.tag);
  assert.equal(request.header('Event'), 'presence;id=4');
  assert.equal(request.header('Subscription-State'), 'active;expires=900');
  assert.equal(request.header('Allow-Events'), 'presence, dialog');
  assert.equal(request.contacts()[0]?.uriText, 'sip:shower@192.0.2.2:5060');
});

test('RFC 6665 §4.2.2: one NOTIFY at a time; what changes meanwhile is in the next', () => {
  const { clock, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent);
  clock.advance(500);
  for (const state of ['two', 'three', 'four']) {
    shower.shows = state;
    shower.served[0]?.changed();
  }
  clock.advance(500);
  assert.deepEqual(watcher.said, ['active all one', 'active two', 'active four']);
});

test('RFC 6665 §5.4.10: no more NOTIFYs than the pace allows, and the last state is told', () => {
  const { clock, watcher, shower } = watcherAndShower();
  shower.serve = { paceMs: 1_000 };
  watcher.subscribe(shower.agent);
  for (let change = 0; change < 100; change++) {
    clock.advance(50);
    shower.shows = String(change);
    shower.served[0]?.changed();
  }
  clock.advance(2_000);
  assert.ok(watcher.said.length <= 7, `${watcher.said.length}`);
  assert.equal(watcher.said.at(-1), 'active 99');
});

test('RFC 6665 §4.2.1.4: not refreshed, it ends by the clock and says timeout', () => {
  const { clock, subscribe, states, shower } = showerAndFar();
  subscribe([event, ['Expires', '60']]);
  clock.advance(59_000);
  assert.equal(states().length, 1);
  clock.advance(2_000);
  assert.deepEqual(states(), ['active;expires=60', 'terminated;reason=timeout']);
  assert.deepEqual(
    shower.servedEnds.map(({ why }) => why),
    ['expired'],
  );
  assert.equal(shower.events.count, 0);
});

test('RFC 6665 §4.2.2: an end says why and when to come back; a NOTIFY on the way is waited for', () => {
  const { clock, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent);
  clock.advance(500);
  shower.served[0]?.changed();
  shower.served[0]?.end({ reason: 'probation', retryAfterSec: 30 });
  clock.advance(500);
  assert.deepEqual(watcher.ended, [{ why: 'terminated', reason: 'probation', retryAfterSec: 30 }]);
  assert.deepEqual(
    watcher.said.slice(1).map((said) => said.split(' ')[0]),
    ['active', 'terminated'],
  );
  shower.served[0]?.changed();
  clock.advance(500);
  assert.equal(watcher.said.length, 3, 'nothing after the end');
});

test('RFC 6665 §4.2.2: a NOTIFY answered 481, or not at all, ends the subscription', () => {
  const gone = showerAndFar();
  gone.answerNotify(481);
  gone.subscribe([event]);
  assert.deepEqual(gone.shower.servedEnds, [{ why: 'gone', status: 481 }]);
  const silent = showerAndFar();
  silent.far.answer = () => {};
  silent.subscribe([event]);
  silent.clock.advance(33_000);
  assert.deepEqual(silent.shower.servedEnds, [{ why: 'gone', status: undefined }]);
});

test('RFC 6665 §4.2.2: a NOTIFY answered 503 comes again, whole, and not before Retry-After', () => {
  const { clock, shower, subscribe, far } = showerAndFar();
  far.answer = (transaction) =>
    transaction.respond(buildResponse(transaction.request, 503, { headers: [['Retry-After', '20']] }));
  subscribe([event]);
  shower.served[0]?.changed();
  clock.advance(19_000);
  assert.equal(far.requests.length, 1);
  far.answer = (transaction) => transaction.respond(buildResponse(transaction.request, 200));
  clock.advance(2_000);
  assert.deepEqual([far.requests.length, shower.fulls], [2, 2]);
  assert.deepEqual(shower.servedEnds, []);
});

test('RFC 6665 §4.2.2: one that waits for permission is pending and becomes active', () => {
  const { clock, watcher, shower } = watcherAndShower();
  shower.serve = { state: 'pending' };
  watcher.subscribe(shower.agent);
  clock.advance(500);
  shower.served[0]?.activate();
  clock.advance(500);
  assert.deepEqual(
    watcher.notified.map(({ state }) => state),
    ['pending', 'active'],
  );
});

test('RFC 6665 §4.2.1.1: SUBSCRIBE in a dialog that is not known is 481', () => {
  const { watcher, ...by } = watcherAndShower();
  watcher.subscribe(by.shower.agent, { to: '<sip:shower@example.com>;tag=unknown' });
  by.clock.advance(500);
  assert.deepEqual(
    watcher.failed.map(({ status }) => status),
    [481],
  );
});

test('RFC 6665 §4.2: another process goes on with a subscription, whole state first, in the same dialog', () => {
  const { clock, network, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent, { expiresSec: 600 });
  clock.advance(500);
  const served = shower.served[0] ?? assert.fail();
  const snapshot = shower.events.snapshot(served) ?? assert.fail();
  served.drop();
  assert.equal(JSON.stringify(JSON.parse(JSON.stringify(snapshot))), JSON.stringify(snapshot));
  const again = new EventPlace(network, 'again', '192.0.2.4');
  const flow = again.agent.host.flowTo(udpTarget('192.0.2.1')) ?? assert.fail();
  const restored = again.events.restore(snapshot, flow, { policy, user: again }) ?? assert.fail();
  again.served.push(restored);
  again.shows = 'after';
  restored.tell();
  clock.advance(500);
  assert.deepEqual(watcher.said, ['active all one', 'active all after']);
  assert.deepEqual(restored.event, { package: 'presence', id: undefined });
  clock.advance(700_000);
  assert.deepEqual(again.servedEnds, [], 'the refresh goes to the Contact of the new process');
});
