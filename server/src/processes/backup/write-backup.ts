/**
 * A backup of a running installation: a folder with the databases as they stand at one moment, the certificates and the key file. Not in it: calls that are
 * up, messages kept for `trace`, logs.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError } from '#base/errors';
import type { Places } from '../places.ts';
import { digestOf, type Manifest, manifestName } from './manifest.ts';

export interface BackupOptions {
  /** Made here; must not exist. */
  readonly folder: string;
  readonly places: Pick<Places, 'certificates' | 'keyFile'>;
  readonly version: string;
  readonly nowUtcMs: number;
  /** Copies the databases into a folder, each as of one moment. */
  readonly copyDatabases: (folder: string) => Promise<void>;
  /** The key file opens every sealed password: false keeps it out, to be kept apart. */
  readonly withKey: boolean;
}

export interface BackupResult {
  readonly folder: string;
  readonly files: number;
  readonly sizeBytes: number;
}

/** Whole or not at all: written beside, then renamed. @throws AppError `backup.folder-exists`, `backup.not-written`. */
export async function writeBackup(options: BackupOptions): Promise<BackupResult> {
  const { folder } = options;
  if (existsSync(folder)) throw folderExists(folder);
  const unfinished = join(dirname(folder), `.${basename(folder)}.unfinished`);
  try {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(join(unfinished, 'certificates'), { recursive: true, mode: 0o700 });
    await options.copyDatabases(unfinished);
    for (const name of readdirSync(options.places.certificates))
      copyFileSync(join(options.places.certificates, name), join(unfinished, 'certificates', name));
    if (options.withKey) copyFileSync(options.places.keyFile, join(unfinished, basename(options.places.keyFile)));
    const manifest = await describe(unfinished, options);
    writeFileSync(join(unfinished, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    renameSync(unfinished, folder);
    const names = Object.keys(manifest.files);
    return {
      folder,
      files: names.length,
      sizeBytes: names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
    };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw notWritten(folder, error);
  }
}

async function describe(folder: string, { version, nowUtcMs }: BackupOptions): Promise<Manifest> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, 0o600);
    files[path.slice(folder.length + 1)] = await digestOf(path);
  }
  return { format: 1, version, madeAtUtcMs: nowUtcMs, files };
}

function folderExists(folder: string): AppError {
  return new AppError({
    code: 'backup.folder-exists',
    fault: 'caller',
    retry: 'never',
    message: `${folder} exists already. Name a folder that does not.`,
  });
}

function notWritten(folder: string, cause: unknown): AppError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new AppError({
    code: 'backup.not-written',
    fault: 'us',
    retry: 'later',
    message: `The backup could not be written to ${folder}: ${detail}`,
    cause,
  });
}
