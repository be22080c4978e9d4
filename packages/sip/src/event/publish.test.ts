/** PUBLISH, both sides (RFC 3903). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PackagePolicy, Publications, Publisher, type PublisherOptions, type PublishState } from '@ringdown/sip';
import { SeededRandom, textBody, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';

const policy: PackagePolicy = { defaultSec: 3_600, leastSec: 60, mostSec: 7_200, types: ['application/pidf+xml'] };
const pidf = (text: string) => textBody(text, 'application/pidf+xml');

function publishing(more: Partial<PublisherOptions> = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const server = new VirtualAgent(network, 'server', '192.0.2.2');
  const phone = new VirtualAgent(network, 'phone', '192.0.2.1');
  const changes: string[] = [];
  const states: PublishState[] = [];
  const publications = () =>
    new Publications({
      clock,
      random: new SeededRandom(4),
      packages: new Map([['presence', policy]]),
      isReadable: (body) => body.bytes.length < 100,
      onChange: (entity, event) => void changes.push(`${event} ${entity}`),
      most: 2,
    });
  const held = { publications: publications() };
  server.answer = (transaction) => held.publications.receive(transaction, 'ada');
  const shown = () => held.publications.of('ada', 'presence').map(({ bytes }) => String.fromCharCode(...bytes));
  const publisher = new Publisher({
    clock,
    random: new SeededRandom(5),
    transactions: phone.layer,
    target: server.target(),
    event: { package: 'presence' },
    uri: 'sip:ada@example.com',
    from: '<sip:ada@example.com>',
    to: '<sip:ada@example.com>',
    expiresSec: 600,
    onChange: (state) => void states.push(state),
    ...more,
  });
  const restart = () => {
    held.publications = publications();
  };
  /** One PUBLISH by hand. */
  const ask = (headers: readonly (readonly [string, string])[], body?: string) => {
    const type = body === undefined ? [] : [['Content-Type', 'application/pidf+xml'] as const];
    const record = phone.send(phone.compose('PUBLISH', 'ada', [...headers, ...type], body), server.target());
    clock.advance(200);
    return record.responses.at(-1) ?? assert.fail('no answer');
  };
  return { clock, server, publisher, changes, states, shown, restart, ask };
}

const event = ['Event', 'presence'] as const;

test('RFC 3903 §4.2, §4.4, §4.5: published, changed under its tag, removed', () => {
  const { clock, publisher, shown, states, server, changes } = publishing();
  publisher.publish(pidf('one'));
  clock.advance(200);
  assert.deepEqual(shown(), ['one']);
  publisher.publish(pidf('two'));
  clock.advance(200);
  assert.deepEqual(shown(), ['two']);
  publisher.remove();
  clock.advance(200);
  assert.deepEqual(shown(), []);
  assert.deepEqual(
    states.map(({ kind }) => kind),
    ['published', 'published', 'removed'],
  );
  const tags = server.requests.map(({ request }) => request.header('SIP-If-Match'));
  assert.equal(tags[0], undefined);
  assert.equal(new Set(tags).size, 3, 'each under a tag of its own');
  assert.equal(changes.length, 3);
});

test('RFC 3903 §4.3: refreshed before it expires, without the document, and nobody is told', () => {
  const { clock, publisher, shown, server, changes } = publishing();
  publisher.publish(pidf('one'));
  clock.advance(3_600_000);
  assert.deepEqual(shown(), ['one']);
  assert.ok(server.requests.length >= 6);
  assert.equal(server.requests.at(-1)?.request.bodySizeBytes, 0);
  assert.equal(changes.length, 1);
});

test('RFC 3903 §4.1: a server that has lost the tag says 412, and is told the whole anew', () => {
  const { clock, publisher, shown, restart, states } = publishing();
  publisher.publish(pidf('one'));
  clock.advance(200);
  restart();
  publisher.publish(pidf('two'));
  clock.advance(500);
  assert.deepEqual(shown(), ['two']);
  assert.deepEqual(
    states.map(({ kind }) => kind),
    ['published', 'published'],
  );
});

test('RFC 3903 §4: changes while one is on its way: the last word follows', () => {
  const { clock, publisher, shown, server } = publishing();
  for (const text of ['one', 'two', 'three']) publisher.publish(pidf(text));
  clock.advance(500);
  assert.deepEqual(shown(), ['three']);
  assert.equal(server.requests.length, 2);
});

test('RFC 3903 §6: 423 with Min-Expires raises the interval; a refusal that lasts is told once', () => {
  const brief = publishing({ expiresSec: 10 });
  brief.publisher.publish(pidf('one'));
  brief.clock.advance(500);
  assert.deepEqual(brief.states, [{ kind: 'published', expiresSec: 60 }]);
  const bad = publishing();
  bad.publisher.publish(textBody('one', 'text/plain'));
  bad.clock.advance(100_000);
  assert.deepEqual(
    bad.states.map((state) => (state.kind === 'failed' ? `${state.status} ${state.isFinal}` : '')),
    ['415 true'],
  );
});

test('RFC 3903 §4: a server that does not answer is asked again, later and later', () => {
  const { clock, publisher, server, states, shown } = publishing();
  const { answer } = server;
  server.answer = () => {};
  publisher.publish(pidf('one'));
  clock.advance(33_000);
  assert.deepEqual(
    states.map((state) => (state.kind === 'failed' ? state.isFinal : '')),
    [false],
  );
  server.answer = answer;
  clock.advance(31_000);
  assert.deepEqual(shown(), ['one']);
});

test('RFC 3903 §6: what is not known, too brief, of another type, unreadable, or nothing', () => {
  const { ask, shown } = publishing();
  assert.equal(ask([['Event', 'weather']], 'x').header('Allow-Events'), 'presence');
  assert.equal(ask([event, ['SIP-If-Match', 'none']], 'x').status, 412);
  assert.equal(ask([event, ['Expires', '5']], 'x').header('Min-Expires'), '60');
  assert.equal(ask([event]).status, 400);
  assert.equal(ask([event], 'x'.repeat(200)).status, 400);
  assert.equal(ask([event, ['Expires', '90000']], 'x').header('Expires'), '7200');
  assert.deepEqual(shown(), ['x']);
});

test('RFC 3903 §6: a document expires by the clock; of too many the oldest gives way', () => {
  const { ask, shown, clock, changes } = publishing();
  for (const text of ['a', 'b', 'c']) ask([event, ['Expires', '60']], text);
  assert.deepEqual(shown(), ['b', 'c']);
  clock.advance(61_000);
  assert.deepEqual(shown(), []);
  assert.equal(changes.length, 5);
});
