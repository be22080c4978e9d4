/** Errors of services/cdr. */
import { AppError } from '#base/errors';
import type { CallId } from '#base/ids';

export function callNotEnded(callId: CallId): AppError {
  return new AppError({
    code: 'cdr.call-not-ended',
    fault: 'us',
    retry: 'never',
    message: `${callId} has no end yet, so it has no record.`,
  });
}
