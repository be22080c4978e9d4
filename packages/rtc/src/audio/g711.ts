/**
 * G.711, both laws and both ways, by table (ITU-T G.711; the tables are computed once when the module loads). 16-bit linear PCM outside:
 * mu-law's 14 and A-law's 13 bits are scaled up to 16.
 *
 * Leaves out: Appendix I (loss concealment) and II (comfort noise).
 */

/** One octet to a sample. */
export const muLawToLinear: Int16Array = decodeTable(decodeMuLawOctet);
export const aLawToLinear: Int16Array = decodeTable(decodeALawOctet);

/** A sample + 32768 to one octet. */
const linearToMuLaw = encodeTable(encodeMuLawSample);
const linearToALaw = encodeTable(encodeALawSample);

/** mu-law's octet for silence; A-law's is 0xd5. */
export const muLawSilence = 0xff;
export const aLawSilence = 0xd5;

/** Encodes all of `pcm` into `out` from `at`. */
export function encodeMuLaw(pcm: Int16Array, out: Uint8Array, at: number): void {
  for (let index = 0; index < pcm.length; index++)
    out[at + index] = linearToMuLaw[(pcm[index] as number) + 32_768] as number;
}

export function encodeALaw(pcm: Int16Array, out: Uint8Array, at: number): void {
  for (let index = 0; index < pcm.length; index++)
    out[at + index] = linearToALaw[(pcm[index] as number) + 32_768] as number;
}

/** Decodes `out.length` samples from `bytes` at `at`. */
export function decodeMuLaw(bytes: Uint8Array, at: number, out: Int16Array): void {
  for (let index = 0; index < out.length; index++) out[index] = muLawToLinear[bytes[at + index] as number] as number;
}

export function decodeALaw(bytes: Uint8Array, at: number, out: Int16Array): void {
  for (let index = 0; index < out.length; index++) out[index] = aLawToLinear[bytes[at + index] as number] as number;
}

/** ITU-T G.711 table 2: all bits are inverted on the line. */
function decodeMuLawOctet(octet: number): number {
  const inverted = ~octet & 0xff;
  const segment = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << segment) - 0x84;
  return (inverted & 0x80) === 0 ? magnitude : -magnitude;
}

/** ITU-T G.711 table 1: even bits are inverted on the line. */
function decodeALawOctet(octet: number): number {
  const inverted = octet ^ 0x55;
  const segment = (inverted >> 4) & 7;
  const step = (inverted & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return (inverted & 0x80) === 0 ? -magnitude : magnitude;
}

function encodeMuLawSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(sample < 0 ? -sample : sample, 32_635) + 0x84;
  const segment = 24 - Math.clz32(magnitude);
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

function encodeALawSample(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  // One's complement for negative values, as the standard's decision values are not symmetric about zero.
  const magnitude = sample < 0 ? -sample - 1 : sample;
  const segment = Math.max(0, 24 - Math.clz32(magnitude));
  const step = segment === 0 ? magnitude >> 4 : magnitude >> (segment + 3);
  return (sign | (segment << 4) | (step & 0x0f)) ^ 0x55;
}

function decodeTable(decodeOctet: (octet: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, octet) => decodeOctet(octet));
}

function encodeTable(encodeSample: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536);
  for (let index = 0; index < table.length; index++) table[index] = encodeSample(index - 32_768);
  return table;
}
