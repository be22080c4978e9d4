import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Codec, numberCodecs } from './index.ts';

const codec = (payloadType: number, name: string): Codec => ({
  payloadType,
  name,
  clockRate: 8000,
  channels: 1,
  fmtp: '',
});
const numbers = (codecs: readonly Codec[], known: readonly Codec[], prefer: 'known' | 'offered'): string =>
  numberCodecs(codecs, known, prefer)
    .map(({ codec: { payloadType, name }, was }) => `${was.payloadType}>${payloadType} ${name}`)
    .join(', ');

/** [what, codecs, known, in an offer, in an answer] */
const rows: readonly (readonly [string, readonly Codec[], readonly Codec[], string, string])[] = [
  ['a first time', [codec(96, 'A'), codec(0, 'PCMU')], [], '96>96 A, 0>0 PCMU', '96>96 A, 0>0 PCMU'],
  ['the number it had, the number that was offered', [codec(100, 'A')], [codec(96, 'A')], '100>96 A', '100>100 A'],
  ['a number that meant another', [codec(96, 'A')], [codec(96, 'B')], '96>97 A', '96>97 A'],
  [
    'a number of its own again, though others had it between',
    [codec(96, 'A')],
    [codec(96, 'A'), codec(97, 'A')],
    '96>96 A',
    '96>96 A',
  ],
  ['two of one number', [codec(96, 'A'), codec(96, 'B')], [], '96>96 A, 96>97 B', '96>96 A, 96>97 B'],
];

for (const [what, codecs, known, offered, answered] of rows) {
  test(`RFC 3264 §8.3.2, §6.1: ${what}`, () =>
    assert.deepEqual([numbers(codecs, known, 'known'), numbers(codecs, known, 'offered')], [offered, answered]));
}

test('RFC 5761 §4: 96 to 127, then 35 to 63, never what RTCP needs; what finds none goes without', () => {
  const all = Array.from({ length: 70 }, (_, at) => codec(96, `C${at}`));
  const given = numberCodecs(all, [], 'offered').map((one) => one.codec.payloadType);
  assert.deepEqual(given, [
    ...Array.from({ length: 32 }, (_, at) => 96 + at),
    ...Array.from({ length: 29 }, (_, at) => 35 + at),
  ]);
});
