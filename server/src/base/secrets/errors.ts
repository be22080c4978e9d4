/** Errors of sealing and opening. */
import { AppError } from '../errors/index.ts';

export function secretKeyInvalid(file: string, why: string): AppError {
  return new AppError({
    code: 'secrets.key-file-invalid',
    fault: 'caller',
    retry: 'never',
    message: `The key file ${file} cannot be used: ${why}. Restore it from a backup: without it stored passwords cannot be read.`,
    details: { file },
  });
}

export function secretNotOpened(context: string, why: string, cause?: unknown): AppError {
  return new AppError({
    code: 'secrets.not-opened',
    fault: 'us',
    retry: 'never',
    message: `A stored secret (${context}) cannot be read: ${why}. Set it anew, or restore the key file it was sealed with.`,
    details: { context },
    cause,
  });
}
