/** Calls that want something arranged first (RFC 3312): what is said to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, descriptionOf, scene, sdpOf } from './edge-scene.test.ts';
import { unmetPreconditions } from './preconditions.ts';

const offer = (...lines: string[]): string => sdpOf(4000) + lines.map((line) => `a=${line}\r\n`).join('');

const rows: readonly [title: string, lines: readonly string[], unmet: readonly string[] | null][] = [
  ['none', [], null],
  ['optional', ['curr:qos local none', 'curr:qos remote none', 'des:qos optional local sendrecv'], null],
  ['none desired', ['des:qos none remote sendrecv'], null],
  ['mandatory and met', ['curr:qos e2e sendrecv', 'des:qos mandatory e2e sendrecv'], null],
  ['mandatory one way, met that way', ['curr:qos local send', 'des:qos mandatory local send'], null],
  [
    'mandatory and not met: ours is their remote',
    ['curr:qos local none', 'des:qos mandatory local sendrecv', 'des:qos optional remote sendrecv'],
    ['des:qos failure remote sendrecv'],
  ],
  ['half met', ['curr:qos e2e send', 'des:qos mandatory e2e sendrecv'], ['des:qos failure e2e sendrecv']],
  ['one way: what they send we receive', ['des:qos mandatory e2e send'], ['des:qos failure e2e recv']],
  [
    'of another kind',
    ['curr:qos local sendrecv', 'des:sec mandatory local sendrecv'],
    ['des:sec failure remote sendrecv'],
  ],
];

for (const [title, lines, unmet] of rows) {
  test(`RFC 3312 §5, §8: preconditions: ${title}`, () => {
    const found = unmetPreconditions(descriptionOf(offer(...lines)), '192.0.2.1');
    assert.deepEqual(found?.media.flatMap((line) => line.lines.map(({ value }) => value)) ?? null, unmet);
    if (found !== null)
      assert.deepEqual(
        found.media.map(({ port }) => port),
        [0],
      );
  });
}

test('RFC 3312 §11: Require: precondition is 420; a demand without it 580 that says what failed; what is optional is let pass', async () => {
  const { ada, incoming } = await scene();
  const invite = (lines: readonly string[], headers: readonly (readonly [string, string])[] = []) =>
    ada.ask({ method: 'INVITE', uri: 'sip:101@a.test', headers, body: bodyOf(offer(...lines)) });
  const contact = ['Contact', '<sip:ada@192.0.2.10>'] as const;
  const demanded = ['curr:qos local none', 'des:qos mandatory local sendrecv'];
  const required = invite(demanded, [contact, ['Require', 'precondition']]);
  assert.deepEqual([required.status, required.headers('Unsupported')], [420, ['precondition']]);
  const refused = invite(demanded, [contact]);
  assert.equal(refused.status, 580);
  const said = descriptionOf(new TextDecoder().decode(refused.body));
  assert.deepEqual(said.media[0]?.lines, [{ type: 'a', value: 'des:qos failure remote sendrecv' }]);
  assert.equal(incoming.length, 0);
  ada.call('101', { body: bodyOf(offer('curr:qos local none', 'des:qos optional local sendrecv')) });
  ada.network.clock.advance(100);
  assert.equal(incoming.length, 1);
});
