/** What a call looks like to who watches one of its users: a dialog per user, made from the call's state (RFC 4235 §3.7.1 has the phases). Trunks and built-in numbers have none. */
import type { LegId } from '#base/ids';
import { type CallState, joinedLeg, type LegState, originOf, type Party } from '#engine/calls';

export type DialogPhase = 'proceeding' | 'early' | 'confirmed' | 'terminated';

/** One side of a call of a user. */
export interface UserDialog {
  /** Of this user's. */
  readonly id: string;
  readonly phase: DialogPhase;
  readonly direction: 'initiator' | 'recipient';
  readonly remote: Party;
  /** The leg that rings or talks: whose place a pick-up would take. Null: none does. */
  readonly legId: LegId | null;
}

/** A dialog, and the address of record or user that it is of. */
export interface OwnedDialog {
  readonly owner: Owner;
  readonly dialog: UserDialog;
}

type Owner = { readonly user: string } | { readonly aor: string };

/** Of a user that is called the dialog of all its devices together: while one rings, it rings. */
export function dialogsOfCall(call: CallState): OwnedDialog[] {
  const groups = new Map<string, { readonly owner: Owner; readonly legs: LegState[] }>();
  for (const leg of call.legs) {
    const owner = ownerOf(call, leg);
    if (owner === undefined) continue;
    const key = 'user' in owner ? owner.user : owner.aor;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { owner, legs: [leg] });
    else known.legs.push(leg);
  }
  const dialogs: OwnedDialog[] = [];
  let number = 0;
  for (const { owner, legs } of groups.values()) {
    number += 1;
    const dialog = dialogOf(call, legs);
    if (dialog !== undefined) dialogs.push({ owner, dialog: { ...dialog, id: `${call.callId}-${number}` } });
  }
  return dialogs;
}

function ownerOf(call: CallState, leg: LegState): Owner | undefined {
  const { destination } = leg;
  if (destination?.kind === 'binding') return { aor: destination.aor };
  const origin = originOf(call, leg);
  return origin?.kind === 'user' ? { user: origin.userId } : undefined;
}

/** Undefined: no device of it has said anything yet. */
function dialogOf(call: CallState, legs: readonly LegState[]): Omit<UserDialog, 'id'> | undefined {
  const talking = legs.find(({ phase }) => phase === 'up' || phase === 'answered');
  const leg = talking ?? legs.find(({ phase }) => phase === 'ringing' || phase === 'new' || phase === 'dialing');
  const isCaller = (leg ?? legs[0])?.destination === null;
  const direction = isCaller ? 'initiator' : 'recipient';
  const joined = talking === undefined ? undefined : joinedLeg(call, talking);
  const remote = joined?.party ?? (isCaller ? call.to : call.from);
  const seen = { direction, remote, legId: null } as const;
  if (talking !== undefined) return { ...seen, phase: 'confirmed', legId: talking.legId };
  if (leg === undefined) return { ...seen, phase: 'terminated' };
  if (isCaller) return { ...seen, phase: hasRung(call) ? 'early' : 'proceeding' };
  const ringing = legs.find(({ phase }) => phase === 'ringing');
  return ringing === undefined ? undefined : { ...seen, phase: 'early', legId: ringing.legId };
}

function hasRung(call: CallState): boolean {
  return call.legs.some(({ destination, phase }) => destination !== null && phase === 'ringing');
}
