/** A number that can be dialled: short, or a public one in E.164 that calls from outside come in for. */
import type { NumberId } from '#base/ids';
import { refusalError } from '#services/configuration';
import { numberTaken } from './errors.ts';
import type { Destination, DirectoryNumber, NumberKind } from './records.ts';
import { type Actor, check, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface AddNumber {
  /** `+4930123456` is public, anything else is dialled within the tenant. */
  readonly digits: string;
  readonly destination: Destination;
  readonly label?: string;
  readonly kind?: NumberKind;
  readonly forwardsOutside?: boolean;
}

export async function addNumber(context: DirectoryContext, actor: Actor, input: AddNumber): Promise<NumberId> {
  const { digits, destination, label = '' } = input;
  check('digits', 'digits', digits);
  const isPublic = digits.startsWith('+');
  const kind = input.kind ?? (isPublic ? 'external' : 'service');
  const id = context.ids.next('number');
  const after: DirectoryNumber = {
    digits,
    e164: isPublic ? digits : null,
    kind,
    label,
    destination,
    forwardsOutside: input.forwardsOutside === true,
  };
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'number.add',
    changes: [{ kind: 'number', id, expectVersion: 0, after }],
    ...idempotencyOf(actor, 'number.add', input),
  });
  if (outcome.kind === 'taken') throw numberTaken(digits);
  if (outcome.kind !== 'committed') throw refusalError(outcome);
  return outcome.changes[0]?.id as NumberId;
}
