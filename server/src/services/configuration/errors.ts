/** A refused commit as an error, for verbs whose caller can do nothing else with it. */
import { AppError } from '#base/errors';
import type { CommitOutcome } from './ports.ts';

type Refusal = Exclude<CommitOutcome, { kind: 'committed' }>;

/** The committed outcome, or the refusal as an error. Verbs look at the refusals they know better words for first. */
export function expectCommitted(outcome: CommitOutcome): CommitOutcome & { kind: 'committed' } {
  if (outcome.kind === 'committed') return outcome;
  throw refusalError(outcome);
}

export function refusalError(refusal: Refusal): AppError {
  if (refusal.kind === 'key-reused') {
    return new AppError({
      code: 'configuration.idempotency-key-reused',
      fault: 'caller',
      retry: 'never',
      message: 'This idempotency key was used for another request. Use a new key for a new request.',
      details: { revision: refusal.revision },
    });
  }
  const { kind, id } = refusal.record;
  const name = `${kind} ${id}`;
  if (refusal.kind === 'conflict') {
    return new AppError({
      code: 'configuration.conflict',
      fault: 'caller',
      retry: 'now',
      message: `The ${name} was changed by somebody else meanwhile. Read it again and repeat.`,
      details: { kind, id, version: refusal.version },
    });
  }
  if (refusal.kind === 'taken') {
    const fields = refusal.fields.join(', ');
    return new AppError({
      code: 'configuration.taken',
      fault: 'caller',
      retry: 'never',
      message: `Another ${kind} has the same ${fields}. Choose another.`,
      details: { kind, fields },
    });
  }
  if (refusal.kind === 'dangling') {
    return new AppError({
      code: 'configuration.dangling-reference',
      fault: 'caller',
      retry: 'never',
      message: `The ${refusal.field} of the ${kind} does not exist.`,
      details: { kind, field: refusal.field },
    });
  }
  return new AppError({
    code: 'configuration.in-use',
    fault: 'caller',
    retry: 'never',
    message: `The ${name} is still used by ${refusal.by.kind} ${refusal.by.id}. Change or remove that first.`,
    details: { kind, id, byKind: refusal.by.kind, byId: refusal.by.id },
  });
}
