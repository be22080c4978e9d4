/** Errors of storage that every backend shares. */
import { AppError } from '#base/errors';

/** The outcome is unknown: the change may have happened. Repeating with the same idempotency key is safe. */
export function storageUnavailable(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'storage.unavailable', fault: 'us', retry: 'later', message, cause });
}

export function storageClosed(): AppError {
  const message = 'The storage is closed: Ringdown is shutting down.';
  return new AppError({ code: 'storage.closed', fault: 'us', retry: 'never', message });
}

export function storageOverloaded(waiting: number): AppError {
  return new AppError({
    code: 'storage.overloaded',
    fault: 'us',
    retry: 'later',
    message: `${waiting} requests wait for the storage; the disk does not keep up.`,
    details: { waiting },
  });
}

/** The backend itself refused or failed: disk full, damaged file, a bug. Nothing of the request was kept. */
export function storageFailed(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'storage.failed', fault: 'us', retry: 'later', message, cause });
}

export function schemaChanged(file: string, migration: string): AppError {
  return new AppError({
    code: 'storage.schema-changed',
    fault: 'us',
    retry: 'never',
    message: `Migration ${migration} in ${file} is not the one this version of Ringdown knows. Restore a backup or use the version that wrote it.`,
    details: { file, migration },
  });
}

export function schemaNewer(file: string, found: number, known: number): AppError {
  return new AppError({
    code: 'storage.schema-newer',
    fault: 'caller',
    retry: 'never',
    message: `${file} was written by a newer Ringdown (schema ${found}, this one knows ${known}). Use that version, or restore a backup from before the upgrade.`,
    details: { file, found, known },
  });
}

export function storageNotOpened(folder: string, why: string, cause?: unknown): AppError {
  return new AppError({
    code: 'storage.not-opened',
    fault: 'caller',
    retry: 'never',
    message: `The storage in ${folder} cannot be opened: ${why}. Check the folder's permissions and free space, or restore a backup.`,
    details: { folder },
    cause,
  });
}
