/** An outbound rule: numbers that begin so go out by that trunk. */
import type { RouteId, TrunkId } from '#base/ids';
import { refusalError } from '#services/configuration';
import { routeTaken, trunkInvalid } from './errors.ts';
import type { Route } from './records.ts';
import { idempotencyOf, type TrunkActor, type TrunkContext } from './verb.ts';

export interface AddRoute {
  readonly trunk: TrunkId;
  /** Empty: every number that no other route has. */
  readonly prefix: string;
  readonly strip?: number;
  readonly prepend?: string;
  readonly order?: number;
}

export async function addRoute(context: TrunkContext, actor: TrunkActor, input: AddRoute): Promise<RouteId> {
  const { trunk, prefix, strip = 0, prepend = '', order = 0 } = input;
  if (!/^[+0-9*#]{0,24}$/.test(prefix)) throw trunkInvalid('prefix', 'must be up to 24 of +, digits, * and #');
  if (!/^[+0-9*#]{0,24}$/.test(prepend)) throw trunkInvalid('prepend', 'must be up to 24 of +, digits, * and #');
  if (!Number.isInteger(strip) || strip < 0 || strip > 24) throw trunkInvalid('strip', 'must be 0 to 24');
  const id = context.ids.next('route');
  const after: Route = { trunk, prefix, strip, prepend, order };
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'route.add',
    changes: [{ kind: 'route', id, expectVersion: 0, after }],
    ...idempotencyOf(actor, 'route.add', input),
  });
  if (outcome.kind === 'taken') throw routeTaken(prefix);
  if (outcome.kind !== 'committed') throw refusalError(outcome);
  return outcome.changes[0]?.id as RouteId;
}
