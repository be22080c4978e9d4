/** A subscription in the dialog of a call (RFC 6665 §4.5.2, RFC 3515 §2.4.4): what REFER makes there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildResponse,
  EventAgent,
  type Notification,
  type ServedEnd,
  type SubscriptionEnd,
  type UserAgent,
} from '@ringdown/sip';
import { connectedPhones, SeededRandom, textBody, type VirtualPhone } from '@ringdown/testkit';

const refer = { package: 'refer', id: '7' };

function eventsOf(phone: VirtualPhone, clock: ConstructorParameters<typeof EventAgent>[0]['clock']): EventAgent {
  const agent: UserAgent = phone.agent;
  const events = new EventAgent({ ...agent.options, clock, random: new SeededRandom(3), packages: ['refer'] });
  phone.onOther = (transaction) => {
    if (phone.session !== null && events.receiveIn(phone.session, transaction)) return;
    transaction.respond(buildResponse(transaction.request, 481));
  };
  return events;
}

function sharedDialog() {
  const scene = connectedPhones();
  const { a, b, clock } = scene;
  const [watching, showing] = [eventsOf(a, clock), eventsOf(b, clock)];
  const notified: Notification[] = [];
  const ends: (SubscriptionEnd | ServedEnd)[] = [];
  const sessions = { a: a.session ?? assert.fail(), b: b.session ?? assert.fail() };
  const user = {
    onNotify: (_subscription: unknown, notification: Notification) => void notified.push(notification),
    onEnded: (_subscription: unknown, end: SubscriptionEnd) => void ends.push(end),
    onFailed: () => assert.fail(),
  };
  let line = 'SIP/2.0 100 Trying';
  const serve = (expiresSec: number) =>
    showing.serveIn(sessions.b, {
      event: refer,
      policy: null,
      expiresSec,
      user: { compose: () => textBody(line, 'message/sipfrag'), onEnded: (_served, end) => void ends.push(end) },
    });
  const watch = () => watching.watchIn(sessions.a, refer, user);
  const says = (text: string) => {
    line = text;
  };
  return { ...scene, watching, showing, sessions, notified, ends, serve, watch, says };
}

test('RFC 3515 §2.4.4: NOTIFY goes in the call’s dialog, until the last one, and the call goes on', () => {
  const { clock, serve, watch, says, notified, ends, sessions } = sharedDialog();
  watch();
  const served = serve(60);
  clock.advance(100);
  says('SIP/2.0 200 OK');
  served.end({ reason: 'noresource' });
  clock.advance(100);
  const said = notified.map(({ request, body }) => {
    const text = String.fromCharCode(...(body?.bytes ?? []));
    return `${request.header('Event')} ${request.header('Subscription-State')} ${text}`;
  });
  assert.deepEqual(said, [
    'refer;id=7 active;expires=60 SIP/2.0 100 Trying',
    'refer;id=7 terminated;reason=noresource SIP/2.0 200 OK',
  ]);
  assert.deepEqual(ends, [
    { why: 'terminated', reason: 'noresource', retryAfterSec: undefined },
    { why: 'ended', status: 200 },
  ]);
  assert.deepEqual([sessions.a.phase, sessions.b.phase], ['confirmed', 'confirmed']);
});

test('RFC 6665 §4.1.2.4: no NOTIFY in the dialog, and timer N ends the wait, not the call', () => {
  const { clock, watch, ends, sessions } = sharedDialog();
  watch();
  clock.advance(33_000);
  assert.deepEqual(ends, [{ why: 'no-notify' }]);
  assert.equal(sessions.a.phase, 'confirmed');
});

test('RFC 5057 §5.1: a NOTIFY answered 481 ends its subscription alone', () => {
  const { clock, serve, ends, sessions } = sharedDialog();
  serve(60);
  clock.advance(1_000);
  assert.deepEqual(ends, [{ why: 'gone', status: 481 }]);
  assert.deepEqual([sessions.a.phase, sessions.b.phase], ['confirmed', 'confirmed']);
});

test('RFC 6665 §4.4.1: the end of the call ends what was subscribed in its dialog', () => {
  const { clock, serve, watch, ends, showing, watching, sessions } = sharedDialog();
  watch();
  serve(60);
  clock.advance(100);
  sessions.a.end();
  clock.advance(100);
  showing.sessionEnded(sessions.b);
  watching.sessionEnded(sessions.a);
  clock.advance(100);
  assert.deepEqual(
    ends.map(({ why }) => why),
    ['closed', 'closed'],
  );
});
