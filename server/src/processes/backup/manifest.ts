/** What stands in a backup: its files with their digests, so that a restore knows whether all of it is there and whole. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export const manifestName = 'backup.json';

export interface Manifest {
  readonly format: 1;
  /** Of the Ringdown that wrote it. */
  readonly version: string;
  readonly madeAtUtcMs: number;
  /** Path in the backup and in the data folder, with the SHA-256 of the file, hex. */
  readonly files: Readonly<Record<string, string>>;
}

export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
