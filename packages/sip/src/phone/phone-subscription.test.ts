/** A program that watches and publishes: `phone.subscribe`, `phone.publish`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PhoneNotification, type PhoneSubscription, Publications } from '@ringdown/sip';
import { SeededRandom, textBody } from '@ringdown/testkit';
import { EventPlace, policy } from '../event/event-scene.test.ts';
import { challenge, respond, Scene } from './phone-scene.test.ts';

/** The server shows presence to who has the password. */
function watching() {
  const scene = new Scene();
  const place = new EventPlace(scene.network, 'server', scene.server);
  const { answer } = scene.server;
  scene.server.answer = (transaction) => {
    const { request } = transaction;
    const isFirst = request.to.tag === undefined && request.header('Authorization') === undefined;
    if (isFirst) respond(transaction, 401, [challenge]);
    else answer(transaction);
  };
  const read: string[] = [];
  const outcome: { end: unknown } = { end: null };
  const follow = async (subscription: PhoneSubscription, most = Infinity): Promise<void> => {
    try {
      for await (const { state, body } of subscription) {
        read.push(`${state} ${textOf({ state, body })}`);
        if (read.length >= most) break;
      }
      outcome.end = 'done';
    } catch (error) {
      outcome.end = error;
    }
  };
  return { scene, place, read, outcome, follow };
}

const textOf = ({ body }: PhoneNotification) => String.fromCharCode(...(body?.bytes ?? []));
const types = { accept: ['text/plain'] };

test('RFC 6665 §4.1: a program iterates over the state of somebody, and unsubscribes when it leaves the loop', async () => {
  const { scene, place, read, outcome, follow } = watching();
  void follow(scene.phone.subscribe('presence', '101', types), 2);
  await scene.pass(500);
  place.shows = 'two';
  place.served[0]?.changed();
  await scene.pass(500);
  assert.deepEqual(read, ['active all one', 'active two']);
  assert.equal(outcome.end, 'done');
  assert.equal(scene.server.requests[0]?.request.uri, 'sip:101@pbx.test');
  await scene.pass(500);
  assert.deepEqual(
    place.servedEnds.map(({ why }) => why),
    ['unsubscribed'],
  );
});

test('an AbortSignal ends it', async () => {
  const { scene, place, read, outcome, follow } = watching();
  const stop = new AbortController();
  void follow(scene.phone.subscribe('presence', '101', { ...types, signal: stop.signal }));
  await scene.pass(500);
  stop.abort();
  await scene.pass(500);
  assert.deepEqual([read.length, outcome.end, place.servedEnds.length], [1, 'done', 1]);
});

test('RFC 6665 §4.1.3: ended with `deactivated` it is begun anew at once, with `rejected` it is over', async () => {
  const { scene, place, read, outcome, follow } = watching();
  void follow(scene.phone.subscribe('presence', '101', types));
  await scene.pass(500);
  place.served[0]?.end({ reason: 'deactivated' });
  await scene.pass(1_000);
  assert.equal(place.served.length, 2);
  place.served[1]?.end({ reason: 'rejected' });
  await scene.pass(1_000);
  assert.deepEqual(
    read.map((text) => text.split(' ')[0]),
    ['active', 'terminated', 'active', 'terminated'],
  );
  assert.equal(outcome.end, 'done');
  await scene.pass(100_000);
  assert.equal(place.served.length, 2);
});

test('what cannot be had throws: a package that is not served', async () => {
  const { scene, outcome, follow } = watching();
  void follow(scene.phone.subscribe('weather', '101'));
  await scene.pass(1_000);
  assert.equal((outcome.end as { code: string }).code, 'sip_phone_refused');
  assert.equal((outcome.end as { status: number }).status, 489);
});

test('a server that does not answer is asked again', async () => {
  const { scene, place, read, follow } = watching();
  const { answer } = scene.server;
  scene.server.answer = () => {};
  void follow(scene.phone.subscribe('presence', '101', types));
  await scene.pass(40_000);
  scene.server.answer = answer;
  await scene.pass(60_000);
  assert.equal(place.served.length, 1);
  assert.deepEqual(read, ['active all one']);
});

test('RFC 3903: a phone publishes, changes and takes back; a refusal rejects', async () => {
  const { scene } = watching();
  const publications = new Publications({
    clock: scene.clock,
    random: new SeededRandom(8),
    packages: new Map([['presence', policy]]),
    isReadable: () => true,
    onChange: () => {},
  });
  scene.server.answer = (transaction) => {
    if (transaction.request.header('Authorization') === undefined) respond(transaction, 401, [challenge]);
    else publications.receive(transaction, 'ada');
  };
  const shown = () => publications.of('ada', 'presence').map(({ bytes }) => String.fromCharCode(...bytes));
  const said = scene.phone.publish('presence', textBody('here', 'text/plain'));
  await scene.pass(500);
  assert.equal(await said, 600);
  assert.deepEqual(shown(), ['here']);
  const gone = scene.phone.publish('presence', null);
  await scene.pass(500);
  assert.equal(await gone, 0);
  assert.deepEqual(shown(), []);
  const refused = scene.phone.publish('weather', textBody('rain', 'text/plain'));
  const why = assert.rejects(refused, { code: 'sip_phone_refused', status: 489 });
  await scene.pass(500);
  await why;
});
