/**
 * Decides whether the other party of a call may be transferred to where a REFER asks (RFC 3515): by the rules and rights of who asks, as if that one
 * called there itself, since it is the one to answer for the call. A trunk may not, unless it was given that right: everybody outside could make
 * calls at the tenant's expense. An attended transfer joins two calls of the same asker, which both were decided before.
 */
import type { IdSource, TenantId, TrunkId, UserId } from '#base/ids';
import {
  type CallEngine,
  type CallPlan,
  type CallState,
  callerLeg,
  type EndCause,
  endCause,
  findLeg,
  type IncomingCall,
  isAlive,
  joinedLeg,
  type LegState,
  originOf,
  type Party,
  placeEdge,
  type Referral,
  transferOf,
} from '#engine/calls';
import type { DirectoryViews } from '#services/directory';
import type { TrunkRecord } from '#services/trunks';
import type { Wanted } from './calling.ts';

export interface TransferringPorts {
  readonly engine: () => Pick<CallEngine, 'callOf' | 'transferObstacle' | 'transfer' | 'transferTo' | 'refuseTransfer'>;
  readonly decide: (wanted: Wanted) => CallPlan;
  readonly directory: Pick<DirectoryViews, 'findAddress'>;
  readonly trunk: (tenant: TenantId, trunk: TrunkId) => TrunkRecord | undefined;
  readonly ids: IdSource;
  readonly nowUtcMs: () => number;
}

/** What is done with each {@link Referral} of an edge. */
export function createTransferring(ports: TransferringPorts): (referral: Referral) => void {
  return (referral) => {
    const cause = refer(ports, referral);
    if (cause !== null) ports.engine().refuseTransfer(referral, cause);
  };
}

/** @returns why not */
function refer(ports: TransferringPorts, referral: Referral): EndCause | null {
  const engine = ports.engine();
  const call = engine.callOf(referral.legId);
  const by = call === undefined ? undefined : findLeg(call, referral.legId);
  const obstacle = engine.transferObstacle(referral.legId);
  if (obstacle !== null) return obstacle;
  const other = call === undefined || by === undefined ? undefined : joinedLeg(call, by);
  const asker = call === undefined || by === undefined ? undefined : whoIs(ports, call, by);
  if (call === undefined || by === undefined || other === undefined || asker === undefined)
    return endCause('forbidden', { detail: 'nobody knows who asks for the transfer' });
  const forbidden = rightOf(ports, call.tenantId, asker);
  if (forbidden !== null) return forbidden;
  if (referral.placeLegId !== null) return attended(ports, referral, { call, asker, placeLegId: referral.placeLegId });
  if (referral.domainOf !== null && referral.domainOf !== call.tenantId)
    return endCause('forbidden', { detail: 'no transfer to other domains' });
  const wanted = { tenantId: call.tenantId, origin: asker, from: other.party, to: referral.to };
  const plan = ports.decide(wanted);
  if (plan.kind === 'refuse') return plan.cause;
  engine.transfer(referral, newCall(ports, { wanted, by, referral }), inCodecOf(other, plan));
  return null;
}

function rightOf(ports: TransferringPorts, tenant: TenantId, asker: IncomingCall['origin']): EndCause | null {
  if (asker.kind === 'user') return null;
  const trunk = ports.trunk(tenant, asker.trunkId);
  if (trunk?.body.mayTransfer === true) return null;
  return endCause('forbidden', { detail: `trunk ${trunk?.body.name ?? asker.trunkId} has no right to transfer calls` });
}

function newCall(
  { ids, nowUtcMs }: TransferringPorts,
  { wanted, by, referral }: { readonly wanted: Wanted; readonly by: LegState; readonly referral: Referral },
): IncomingCall {
  const secure = referral.isSecure === true ? { isSecure: true } : {};
  return {
    ...wanted,
    legId: ids.next('leg'),
    edge: placeEdge,
    // RFC 3892 §2: the server vouches for who asked; what the phone says of itself does not cross.
    crossing: { maxForwards: 69, ...secure, headers: referredBy(by.party) },
    offer: null,
    receivedUtcMs: nowUtcMs(),
  };
}

function referredBy({ user, host }: Party): [string, string][] {
  return user === '' || host === ''
    ? []
    : [['Referred-By', `<sip:${encodeURIComponent(user).replace(/%2B/g, '+')}@${host}>`]];
}

/** Nothing is decoded here: what the party speaks already is offered first. */
function inCodecOf({ media }: LegState, plan: CallPlan): CallPlan {
  const { codec } = media;
  if (plan.kind !== 'dial' || codec === null) return plan;
  const isIt = (name: string): boolean => name.toUpperCase() === codec;
  const steps = plan.steps.map((step) => ({
    ...step,
    targets: step.targets.map((target) => ({
      ...target,
      codecs: [...target.codecs.filter(isIt), ...target.codecs.filter((name) => !isIt(name))],
    })),
  }));
  return { ...plan, steps };
}

interface Attended {
  readonly call: CallState;
  readonly asker: IncomingCall['origin'];
  readonly placeLegId: Referral['legId'];
}

function attended(
  ports: TransferringPorts,
  referral: Referral,
  { call, asker, placeLegId }: Attended,
): EndCause | null {
  const to = ports.engine().callOf(placeLegId);
  const place = to === undefined ? undefined : findLeg(to, placeLegId);
  if (to === undefined || place === undefined || to === call || !isAlive(place))
    return endCause('forbidden', { detail: 'the call that is to be replaced is not another call of ours' });
  const owner = whoIs(ports, to, place);
  if (to.tenantId !== call.tenantId || owner === undefined || !isSame(owner, asker))
    return endCause('forbidden', { detail: 'the call that is to be replaced is not one of who asks for it' });
  const isRinging = (to.phase === 'opening' || to.phase === 'dialing') && callerLeg(to) === place;
  if ((to.phase !== 'up' && !isRinging) || transferOf(to) !== null || to.takingPlace !== null)
    return endCause('not-acceptable', { status: 491, detail: 'the call that is to be replaced is not ready for it' });
  ports.engine().transferTo(referral, placeLegId);
  return null;
}

function isSame(a: IncomingCall['origin'], b: IncomingCall['origin']): boolean {
  if (a.kind === 'user') return b.kind === 'user' && a.userId === b.userId;
  return b.kind === 'trunk' && a.trunkId === b.trunkId;
}

/** The user or trunk at the other end of a leg: as it came in, or as it was called. */
function whoIs({ directory }: TransferringPorts, call: CallState, leg: LegState): IncomingCall['origin'] | undefined {
  const { destination } = leg;
  if (destination === null) return originOf(call, leg);
  if (destination.kind === 'trunk') return { kind: 'trunk', trunkId: destination.trunkId };
  const at = destination.aor.lastIndexOf('@');
  const owner = directory.findAddress(destination.aor.slice(0, at), destination.aor.slice(at + 1));
  if (owner === undefined || owner.tenant !== call.tenantId) return undefined;
  const { deviceId } = destination;
  return { kind: 'user', userId: owner.user as UserId, ...(deviceId === undefined ? {} : { deviceId }) };
}
