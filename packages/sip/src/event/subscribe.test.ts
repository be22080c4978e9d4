/** The subscriber (RFC 6665 §4.1): dialogs by NOTIFY, timer N, refresh, what a NOTIFY may say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, resubscribeAfterSec, type ServerTransaction } from '@ringdown/sip';
import { watcherAndFar, watcherAndShower } from './event-scene.test.ts';

function accept(transaction: ServerTransaction, tag: string, expires: number): void {
  const headers = [
    ['Contact', `<sip:${tag}@192.0.2.9>`],
    ['Expires', String(expires)],
  ] as const;
  transaction.respond(buildResponse(transaction.request, 200, { toTag: tag, headers }));
}

test('RFC 6665 §4.1.2: SUBSCRIBE, 200, NOTIFY: the state comes, and again for each change', () => {
  const { clock, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent);
  clock.advance(500);
  shower.shows = 'two';
  shower.served[0]?.changed();
  clock.advance(500);
  assert.equal(watcher.accepted, 1);
  assert.deepEqual(watcher.said, ['active all one', 'active two']);
  assert.equal(watcher.subscription?.state, 'active');
});

test('RFC 6665 §4.1.2.4: a NOTIFY before the 2xx makes the dialog, and the 2xx is for the same subscription', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far);
  clock.advance(50);
  const [subscribe] = far.requests;
  assert.ok(subscribe);
  assert.equal(notify(subscribe, 'one', 'active', { body: 'early' }), 200);
  accept(subscribe, 'one', 300);
  clock.advance(50);
  assert.deepEqual(watcher.said, ['active early']);
  assert.equal(watcher.events.count, 1);
  assert.equal(watcher.subscription?.expiresSec, 300, 'what the 2xx grants counts where the NOTIFY says nothing');
});

test('RFC 6665 §4.1.2.1: what is granted is never more than what was asked for, and the NOTIFY counts more', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far, { expiresSec: 600 });
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  accept(subscribe, 'one', 9_000);
  notify(subscribe, 'one', 'active');
  assert.equal(watcher.subscription?.expiresSec, 600);
  notify(subscribe, 'one', 'active;expires=120', { seq: 2 });
  assert.equal(watcher.subscription?.expiresSec, 120);
});

test('RFC 6665 §4.1.2.4: without a NOTIFY timer N ends the attempt, however it was accepted', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far);
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  accept(subscribe, 'one', 600);
  clock.advance(31_000);
  assert.deepEqual(watcher.failed, []);
  clock.advance(1_500);
  assert.deepEqual(
    watcher.failed.map(({ why }) => why),
    ['no-notify'],
  );
  assert.equal(notify(subscribe, 'one', 'active'), 481, 'it comes too late');
});

test('RFC 6665 §4.1.2.2: refreshed a minute before the end, in the dialog, and then for as long again', () => {
  const { clock, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent, { expiresSec: 600 });
  clock.advance(539_000);
  assert.equal(shower.refreshed, 0);
  clock.advance(3_000);
  assert.equal(shower.refreshed, 1);
  assert.equal(watcher.said.length, 2, 'a refresh brings the state');
  clock.advance(3_600_000);
  assert.deepEqual([watcher.ended, shower.servedEnds], [[], []]);
  assert.ok(shower.refreshed >= 7);
});

test('RFC 6665 §4.1.2.2: a refresh answered 481 ends it; one answered 500 does not, and is tried again', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far, { expiresSec: 200 });
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  accept(subscribe, 'one', 200);
  notify(subscribe, 'one', 'active;expires=200');
  let status = 500;
  far.answer = (transaction) => transaction.respond(buildResponse(transaction.request, status));
  clock.advance(145_000);
  assert.equal(far.requests.at(-1)?.request.method, 'SUBSCRIBE');
  assert.equal(far.requests.at(-1)?.request.to.tag, 'one');
  assert.deepEqual(watcher.ended, []);
  const before = far.requests.length;
  status = 481;
  clock.advance(40_000);
  assert.equal(far.requests.length, before + 1);
  assert.deepEqual(watcher.ended, [{ why: 'gone', status: 481 }]);
  assert.equal(watcher.events.count, 0);
});

test('RFC 6665 §4.1.2.2: a refresh that brings no NOTIFY ends by timer N', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far, { expiresSec: 600 });
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  accept(subscribe, 'one', 600);
  notify(subscribe, 'one', 'active');
  far.answer = (transaction) => accept(transaction, 'one', 600);
  clock.advance(575_000);
  assert.deepEqual(watcher.ended, [{ why: 'no-notify' }]);
});

test('RFC 6665 §4.1.2.2: 423 raises what is asked for (Min-Expires), at first and in a refresh', () => {
  const { clock, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent, { expiresSec: 10 });
  clock.advance(500);
  assert.equal(watcher.subscription?.expiresSec, 60);
  const { far, notify, ...by } = watcherAndFar();
  by.watcher.subscribe(far, { expiresSec: 100 });
  by.clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  accept(subscribe, 'one', 100);
  notify(subscribe, 'one', 'active');
  far.answer = (transaction) => {
    const headers = [['Min-Expires', '900']] as const;
    const isBrief = transaction.request.expires === 100;
    if (isBrief) transaction.respond(buildResponse(transaction.request, 423, { headers }));
    else accept(transaction, 'one', 900);
  };
  by.clock.advance(52_000);
  assert.equal(by.watcher.subscription?.expiresSec, 898);
});

test('RFC 6665 §4.1.2.3: unsubscribing is Expires 0 and ends with the last NOTIFY', () => {
  const { clock, watcher, shower } = watcherAndShower();
  const subscriber = watcher.subscribe(shower.agent);
  clock.advance(500);
  subscriber.end();
  clock.advance(500);
  assert.equal(watcher.said.at(-1), 'terminated all one');
  assert.deepEqual(
    watcher.ended.map(({ why }) => why),
    ['unsubscribed'],
  );
  assert.deepEqual(
    shower.servedEnds.map(({ why }) => why),
    ['unsubscribed'],
  );
  assert.deepEqual([watcher.events.count, shower.events.count], [0, 0]);
});

test('RFC 6665 §4.1.2.3: given up before the first NOTIFY, it is unsubscribed when that comes', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  const subscriber = watcher.subscribe(far);
  clock.advance(50);
  subscriber.end();
  const subscribe = far.requests[0] ?? assert.fail();
  accept(subscribe, 'one', 600);
  clock.advance(50);
  assert.equal(far.requests.length, 1, 'there is no dialog to say it in');
  notify(subscribe, 'one', 'active');
  assert.deepEqual([far.requests.length, far.requests[1]?.request.expires], [2, 0]);
});

test('RFC 6665 §4.4.3: Expires 0 fetches the state once', () => {
  const { clock, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent, { expiresSec: 0 });
  clock.advance(500);
  assert.deepEqual(watcher.said, ['terminated all one']);
  assert.deepEqual(
    watcher.ended.map(({ why }) => why),
    ['terminated'],
  );
  assert.equal(shower.events.count, 0);
});

test('RFC 6665 §4.4.1: several that the SUBSCRIBE was forked to: a subscription with each, until timer N', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  const subscriber = watcher.subscribe(far, { forks: 'all' });
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  accept(subscribe, 'one', 600);
  assert.equal(notify(subscribe, 'one', 'active', { body: 'a' }), 200);
  assert.equal(notify(subscribe, 'two', 'pending', { body: 'b' }), 200);
  assert.equal(subscriber.subscriptions.length, 2);
  clock.advance(33_000);
  assert.equal(notify(subscribe, 'three', 'active'), 481);
  assert.equal(notify(subscribe, 'two', 'active', { seq: 2, body: 'c' }), 200);
  assert.deepEqual(watcher.said, ['active a', 'pending b', 'active c']);
});

test('RFC 6665 §5.4.9: where the package has one dialog, others are answered 481', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far);
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  assert.equal(notify(subscribe, 'one', 'active'), 200);
  assert.equal(notify(subscribe, 'two', 'active'), 481);
});

test('RFC 6665 §4.1.3: a NOTIFY of another package is 489, of another usage or dialog 481, without a state 400, out of order 500', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far, { event: { package: 'presence', id: '7' } });
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  assert.equal(notify(subscribe, 'one', 'active', { event: 'dialog;id=7' }), 489);
  assert.equal(notify(subscribe, 'one', 'active', { event: 'presence' }), 481);
  assert.equal(notify(subscribe, 'one', 'active', { seq: 5, event: 'presence;id=7' }), 200);
  assert.equal(notify(subscribe, 'one', '', { seq: 6, event: 'presence;id=7' }), 400);
  assert.equal(notify(subscribe, 'one', 'active', { seq: 4, event: 'presence;id=7' }), 500);
  assert.equal(watcher.notified.length, 1);
});

test('RFC 6665 §4.1.3: a body of a type that was not asked for is 415', () => {
  const { clock, watcher, far, notify } = watcherAndFar();
  watcher.subscribe(far, { accept: ['application/pidf+xml'] });
  clock.advance(50);
  const subscribe = far.requests[0] ?? assert.fail();
  assert.equal(notify(subscribe, 'one', 'active', { body: 'x', type: 'text/plain' }), 415);
  assert.equal(
    notify(subscribe, 'one', 'active', { seq: 2, body: 'x', type: 'application/pidf+xml;charset=utf-8' }),
    200,
  );
});

test('RFC 6665 §4.1.2.2: a notifier that is gone answers no refresh, and that ends it', () => {
  const { clock, watcher, shower } = watcherAndShower();
  watcher.subscribe(shower.agent, { expiresSec: 100 });
  clock.advance(500);
  shower.agent.answer = () => {};
  clock.advance(101_000);
  assert.deepEqual(
    watcher.ended.map(({ why }) => why),
    ['no-notify'],
  );
});

test('RFC 6665 §4.1.3: each reason says when to subscribe again', () => {
  const after = (reason: string | undefined, retryAfterSec?: number, failures = 0) =>
    resubscribeAfterSec({ why: 'terminated', reason, retryAfterSec }, failures);
  assert.deepEqual(
    ['deactivated', 'timeout', 'probation', 'giveup', 'rejected', 'noresource', 'invariant', undefined, 'odd'].map(
      (reason) => after(reason),
    ),
    [0, 0, 30, 30, null, null, null, 0, 0],
  );
  assert.deepEqual(
    [after('probation', 77), after('giveup', 5), after('deactivated', 77), after('odd', 9)],
    [77, 5, 0, 9],
  );
  assert.equal(after('deactivated', undefined, 2), 120, 'who ends it again and again is not asked at once');
  assert.equal(resubscribeAfterSec({ why: 'refused', status: 489 }, 0), null);
  assert.equal(resubscribeAfterSec({ why: 'refused', status: 503, retryAfterSec: 45 }, 0), 45);
  assert.equal(resubscribeAfterSec({ why: 'gone', status: 481 }, 0), 0);
  assert.equal(resubscribeAfterSec({ why: 'unsubscribed' }, 0), null);
});

test('RFC 3261 §22.2: a challenge to SUBSCRIBE is answered, once with each nonce', () => {
  const { clock, watcher, far } = watcherAndFar();
  far.answer = (transaction) => {
    if (transaction.request.header('Authorization') === undefined)
      transaction.respond(buildResponse(transaction.request, 401));
    else accept(transaction, 'one', 600);
  };
  watcher.subscribe(far, { authenticate: () => [['Authorization', 'Digest x="y"']] });
  clock.advance(200);
  assert.equal(watcher.accepted, 1);
  assert.deepEqual(
    far.requests.map(({ request }) => request.cseq.seq),
    [1, 2],
  );
  assert.equal(new Set(far.requests.map(({ request }) => `${request.callId} ${request.from.tag}`)).size, 1);
});
