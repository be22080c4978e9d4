/** `ringdown restore`: a backup becomes the data folder of an installation that does not run. What stands there already is never overwritten. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '#base/errors';
import { digestOf, type Manifest, manifestName } from './manifest.ts';

export interface RestoreResult {
  readonly dataFolder: string;
  readonly files: number;
  readonly madeAtUtcMs: number;
  /** Whether the key file was in it: without it sealed passwords cannot be read. */
  readonly hasKey: boolean;
}

/** @throws AppError `backup.unreadable`, `backup.damaged`, `backup.data-exists`. */
export async function restoreBackup(folder: string, dataFolder: string): Promise<RestoreResult> {
  const manifest = readManifest(folder);
  const names = Object.keys(manifest.files);
  for (const name of names) {
    const path = join(folder, name);
    if (!existsSync(path)) throw damaged(`${name} is missing`);
    if ((await digestOf(path)) !== manifest.files[name]) throw damaged(`${name} is not what was written`);
  }
  const standing = ['ringdown.db', 'live.db', 'secret.key'].find(
    (name) => names.includes(name) && existsSync(join(dataFolder, name)),
  );
  if (standing !== undefined) throw dataExists(dataFolder, standing);
  for (const name of names) {
    const target = join(dataFolder, name);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    copyFileSync(join(folder, name), target);
    chmodSync(target, 0o600);
  }
  return { dataFolder, files: names.length, madeAtUtcMs: manifest.madeAtUtcMs, hasKey: names.includes('secret.key') };
}

function readManifest(folder: string): Manifest {
  const file = join(folder, manifestName);
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    // A path out of the folder would write anywhere.
    const isSafe = Object.keys(manifest.files).every(
      (name) => !name.startsWith('/') && !name.split('/').includes('..'),
    );
    if (manifest.format === 1 && isSafe) return manifest;
  } catch (cause) {
    throw unreadable(file, cause);
  }
  throw unreadable(file);
}

function unreadable(file: string, cause?: unknown): AppError {
  const message = `${file} is not the description of a backup that this version can read.`;
  return new AppError({ code: 'backup.unreadable', fault: 'caller', retry: 'never', message, cause });
}

function damaged(what: string): AppError {
  const message = `The backup is damaged: ${what}. Take another one.`;
  return new AppError({ code: 'backup.damaged', fault: 'caller', retry: 'never', message });
}

function dataExists(dataFolder: string, name: string): AppError {
  const message = `${join(dataFolder, name)} exists. Move the old data folder away first; nothing is overwritten.`;
  return new AppError({ code: 'backup.data-exists', fault: 'caller', retry: 'never', message });
}
