import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleAnswerProblem, bundleOf, isBundleOnly, isLineOff, readBundles } from './index.ts';
import { sdpOf } from './sdp-lines.test.ts';

const line = (mid: string, port = 4000, ...more: readonly string[]): string[] => [
  `m=audio ${port} RTP/AVP 0`,
  `a=mid:${mid}`,
  ...more,
];

test('RFC 8843 §5, §7.2.1: groups by the places of their lines, the first of each is tagged', () => {
  const sdp = sdpOf(
    'a=group:LS a b',
    'a=group:BUNDLE b a',
    'a=group:BUNDLE c x',
    ...line('a'),
    ...line('b'),
    ...line('c'),
  );
  assert.deepEqual(readBundles(sdp), [
    { mediaIds: ['b', 'a'], places: [1, 0], tagged: 1 },
    { mediaIds: ['c', 'x'], places: [2], tagged: 2 },
  ]);
  assert.equal(bundleOf(sdp, 0)?.tagged, 1);
  assert.deepEqual(readBundles(sdpOf(...line('a'))), []);
});

test('RFC 8843 §7.1: a line that two groups name is of the first; an id that stands twice means the first line', () => {
  const sdp = sdpOf('a=group:BUNDLE a', 'a=group:BUNDLE b a', ...line('a'), ...line('b'), ...line('a'));
  assert.deepEqual(
    readBundles(sdp).map(({ places }) => places),
    [[0], [1]],
  );
  assert.equal(bundleOf(sdp, 2), null);
});

test('RFC 8843 §6: port 0 with bundle-only is not off while its bundle is there', () => {
  const sdp = sdpOf(
    'a=group:BUNDLE a b',
    ...line('a'),
    ...line('b', 0, 'a=bundle-only'),
    ...line('c', 0, 'a=bundle-only'),
    ...line('d', 0),
  );
  assert.deepEqual(sdp.media.map(isBundleOnly), [false, true, true, false]);
  assert.deepEqual(
    sdp.media.map((_, at) => isLineOff(sdp, at)),
    [false, false, true, true],
  );
  assert.equal(isLineOff(sdp, 9), true);
});

const offer = sdpOf('a=group:BUNDLE a b', 'a=group:BUNDLE c', ...line('a'), ...line('b'), ...line('c'));

/** [what, answer, place of the line at fault and why] */
const answers: readonly (readonly [string, readonly string[], readonly [number | null, RegExp] | null])[] = [
  ['all bundled', ['a=group:BUNDLE a b', ...line('a'), ...line('b'), ...line('c')], null],
  ['no group at all', [...line('a'), ...line('b'), ...line('c')], null],
  ['§7.3.2: a line left out', ['a=group:BUNDLE a', ...line('a'), ...line('b'), ...line('c')], null],
  ['another line tagged', ['a=group:BUNDLE b a', ...line('a'), ...line('b'), ...line('c')], null],
  [
    'a line of another group',
    ['a=group:BUNDLE a c', ...line('a'), ...line('b'), ...line('c')],
    [2, /not so in the offer/],
  ],
  ['§7.3.3: a rejected line', ['a=group:BUNDLE a b', ...line('a'), ...line('b', 0), ...line('c')], [1, /off/]],
  ['a line that is not there', ['a=group:BUNDLE a z', ...line('a'), ...line('b'), ...line('c')], [null, /not there/]],
];

for (const [what, lines, expected] of answers) {
  test(`RFC 8843 §7.3: an answer with ${what} ${expected === null ? 'follows' : 'does not follow'} from its offer`, () => {
    const problem = bundleAnswerProblem(offer, sdpOf(...lines));
    if (expected === null || problem === null) assert.equal(problem, expected);
    else {
      assert.equal(problem.place, expected[0]);
      assert.match(problem.reason, expected[1]);
    }
  });
}

test('RFC 8843 §7.3: what was not bundled in the offer is not bundled in the answer', () => {
  const plain = sdpOf(...line('a'), ...line('b'));
  assert.equal(bundleAnswerProblem(plain, sdpOf('a=group:BUNDLE a b', ...line('a'), ...line('b')))?.place, 0);
});
