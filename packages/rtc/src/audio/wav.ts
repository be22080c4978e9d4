/**
 * WAV files (RIFF): 16-bit PCM, mu-law and A-law, one or more channels. Decoding gives the first channel as 16-bit PCM.
 *
 *     "RIFF" size "WAVE"
 *       "fmt " size  format:2 channels:2 rate:4 bytesPerSec:4 blockBytes:2 bits:2
 *       "data" size  samples
 *
 * All little-endian, chunks padded to even sizes, others skipped. Leaves out: other widths, WAVE_FORMAT_EXTENSIBLE beyond these three.
 */
import { aLawToLinear, encodeALaw, encodeMuLaw, muLawToLinear } from './g711.ts';

export type WavEncoding = 'pcm16' | 'mu-law' | 'a-law';

const formatCodes: Readonly<Record<WavEncoding, number>> = { pcm16: 1, 'a-law': 6, 'mu-law': 7 };

export interface WavSound {
  readonly sampleRate: number;
  readonly pcm: Int16Array;
}

export type WavDecoding =
  | ({ readonly ok: true; readonly channels: number } & WavSound)
  | { readonly ok: false; readonly problem: string };

export function encodeWav(sound: WavSound, encoding: WavEncoding): Uint8Array {
  const sampleBytes = encoding === 'pcm16' ? 2 : 1;
  const dataBytes = sound.pcm.length * sampleBytes;
  const bytes = new Uint8Array(44 + dataBytes + (dataBytes & 1));
  const view = new DataView(bytes.buffer);
  writeText(bytes, 0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  writeText(bytes, 8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, formatCodes[encoding], true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sound.sampleRate, true);
  view.setUint32(28, sound.sampleRate * sampleBytes, true);
  view.setUint16(32, sampleBytes, true);
  view.setUint16(34, sampleBytes * 8, true);
  writeText(bytes, 36, 'data');
  view.setUint32(40, dataBytes, true);
  if (encoding === 'mu-law') encodeMuLaw(sound.pcm, bytes, 44);
  else if (encoding === 'a-law') encodeALaw(sound.pcm, bytes, 44);
  else for (const [index, sample] of sound.pcm.entries()) view.setInt16(44 + 2 * index, sample, true);
  return bytes;
}

export function decodeWav(bytes: Uint8Array): WavDecoding {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || readText(bytes, 0) !== 'RIFF' || readText(bytes, 8) !== 'WAVE')
    return problem('not a RIFF WAVE file');
  let format: { code: number; channels: number; sampleRate: number; bits: number } | null = null;
  let at = 12;
  while (at + 8 <= bytes.length) {
    const name = readText(bytes, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'fmt ' && size >= 16 && body + 16 <= bytes.length) {
      format = {
        code: view.getUint16(body, true),
        channels: view.getUint16(body + 2, true),
        sampleRate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (name === 'data') {
      if (format === null) return problem('the data come before the format');
      // A recorder that was killed leaves a size of 0 or beyond the end: then the file's end counts.
      const end = size === 0 || body + size > bytes.length ? bytes.length : body + size;
      return decodeData(view, format, { from: body, to: end });
    }
    at = body + size + (size & 1);
  }
  return problem('no data');
}

function decodeData(
  view: DataView,
  format: { code: number; channels: number; sampleRate: number; bits: number },
  range: { from: number; to: number },
): WavDecoding {
  const sampleBytes = format.bits / 8;
  const known =
    (format.code === 1 && format.bits === 16) || ((format.code === 6 || format.code === 7) && format.bits === 8);
  if (!known || format.channels < 1) return problem(`format ${format.code} with ${format.bits} bits is not supported`);
  const blockBytes = sampleBytes * format.channels;
  const pcm = new Int16Array(Math.floor((range.to - range.from) / blockBytes));
  for (let index = 0; index < pcm.length; index++) {
    const at = range.from + index * blockBytes;
    if (format.code === 1) pcm[index] = view.getInt16(at, true);
    else pcm[index] = (format.code === 7 ? muLawToLinear : aLawToLinear)[view.getUint8(at)] as number;
  }
  return { ok: true, channels: format.channels, sampleRate: format.sampleRate, pcm };
}

function problem(text: string): WavDecoding {
  return { ok: false, problem: text };
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}

function readText(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
