import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aLawSilence,
  aLawToLinear,
  decodeALaw,
  decodeMuLaw,
  encodeALaw,
  encodeMuLaw,
  muLawSilence,
  muLawToLinear,
} from './g711.ts';

// Known values: full scale, one step, silence (mu-law 16-bit scale of ITU-T G.711 table 2a; A-law of table 1a).
for (const [octet, sample] of [
  [0x00, -32_124],
  [0x80, 32_124],
  [0xff, 0],
  [0x7f, 0],
  [0xfe, 8],
  [0x7e, -8],
  [0xce, 988],
] as const) {
  test(`ITU-T G.711: mu-law ${octet.toString(16)} is ${sample}`, () => assert.equal(muLawToLinear[octet], sample));
}
for (const [octet, sample] of [
  [0xd5, 8],
  [0x55, -8],
  [0xaa, 32_256],
  [0x2a, -32_256],
  [0xd4, 24],
] as const) {
  test(`ITU-T G.711: A-law ${octet.toString(16)} is ${sample}`, () => assert.equal(aLawToLinear[octet], sample));
}

for (const [name, encode, decode, table] of [
  ['mu-law', encodeMuLaw, decodeMuLaw, muLawToLinear],
  ['A-law', encodeALaw, decodeALaw, aLawToLinear],
] as const) {
  test(`ITU-T G.711: every octet of ${name} survives decoding and encoding`, () => {
    const octets = Uint8Array.from({ length: 256 }, (_, index) => index);
    const pcm = new Int16Array(256);
    decode(octets, 0, pcm);
    const back = new Uint8Array(256);
    encode(pcm, back, 0);
    for (const octet of octets) assert.equal(table[back[octet]!], table[octet], `octet ${octet}`);
  });

  test(`ITU-T G.711: ${name} picks the nearest step for every sample, within half a step of the segment`, () => {
    const all = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const octets = new Uint8Array(all.length);
    encode(all, octets, 0);
    for (const [index, sample] of all.entries()) {
      const error = Math.abs(table[octets[index]!]! - sample);
      const allowed = Math.abs(sample) > 32_124 ? 700 : Math.max(16, Math.abs(sample) / 28 + 4);
      assert.ok(error <= allowed, `${sample} became ${table[octets[index]!]}`);
    }
  });
}

test('ITU-T G.711: silence', () => {
  const out = new Uint8Array(1);
  encodeMuLaw(new Int16Array(1), out, 0);
  assert.equal(out[0], muLawSilence);
  encodeALaw(new Int16Array(1), out, 0);
  assert.equal(out[0], aLawSilence);
});
