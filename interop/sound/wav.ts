/** WAV files of 16-bit PCM (RIFF, fmt, data): read what phones recorded, write what they shall say. Other formats are refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fail } from '../peers/wait.ts';

export interface Sound {
  readonly rateHz: number;
  /** The first channel, -1 to 1. */
  readonly samples: Float32Array;
}

const pcm = 1;

/** A file still being written (sizes zero or too large) is read up to its end. */
export function readWav(file: string): Sound {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') fail(`${file}: no WAV`);
  let channels = 1;
  let rateHz = 8000;
  let at = 12;
  while (at + 8 <= bytes.length) {
    const kind = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (kind === 'fmt ') {
      const format = bytes.readUInt16LE(body);
      const bits = bytes.readUInt16LE(body + 14);
      if ((format !== pcm && format !== 0xfffe) || bits !== 16)
        fail(`${file}: not 16-bit PCM (${format}, ${bits} bits)`);
      channels = bytes.readUInt16LE(body + 2);
      rateHz = bytes.readUInt32LE(body + 4);
    }
    if (kind === 'data') return { rateHz, samples: firstChannel(bytes.subarray(body), size, channels) };
    at = body + size + (size % 2);
  }
  return { rateHz, samples: new Float32Array(0) };
}

function firstChannel(body: Buffer, size: number, channels: number): Float32Array {
  const usable = size === 0 || size > body.length ? body.length : size;
  const count = Math.floor(usable / (2 * channels));
  const samples = new Float32Array(count);
  for (let index = 0; index < count; index += 1) samples[index] = body.readInt16LE(index * 2 * channels) / 32_768;
  return samples;
}

export function writeWav(file: string, { rateHz, samples }: Sound): void {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(pcm, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(rateHz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), 44 + index * 2);
  });
  writeFileSync(file, bytes);
}
