/** Errors of certificate files. */
import { AppError } from '../errors/index.ts';

export function certificateUnusable(file: string, why: string, cause?: unknown): AppError {
  return new AppError({
    code: 'certificates.unusable',
    fault: 'caller',
    retry: 'later',
    message: `The certificate ${file} cannot be used: ${why}. Put a certificate and the key that belongs to it there, both PEM.`,
    details: { file },
    cause,
  });
}
