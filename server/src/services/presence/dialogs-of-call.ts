/** What a call looks like to who watches one of its users: a dialog per user and side, made from the call's state (RFC 4235 §3.7.1 has the phases). Numbers and trunks have none. */
import { type CallState, callerLeg, type LegState, type Party } from '#engine/calls';

export type DialogPhase = 'proceeding' | 'early' | 'confirmed' | 'terminated';

/** One side of a call of a user. */
export interface UserDialog {
  /** Of this user's. */
  readonly id: string;
  readonly phase: DialogPhase;
  readonly direction: 'initiator' | 'recipient';
  readonly remote: Party;
}

/** A dialog, and the address of record or user that it is of. */
export interface OwnedDialog {
  readonly owner: { readonly user: string } | { readonly aor: string };
  readonly dialog: UserDialog;
}

/** Of a callee the dialog of all its devices together: while one rings, it rings. A device that has not answered our INVITE yet counts for nothing. */
export function dialogsOfCall(call: CallState): OwnedDialog[] {
  const dialogs: OwnedDialog[] = [];
  const { origin, callId } = call;
  if (origin.kind === 'user')
    dialogs.push({
      owner: { user: origin.userId },
      dialog: { id: `${callId}-1`, phase: callerPhase(call), direction: 'initiator', remote: call.to },
    });
  let number = 1;
  for (const [aor, legs] of calleesOf(call)) {
    const phase = calleePhase(legs);
    number += 1;
    if (phase !== undefined)
      dialogs.push({
        owner: { aor },
        dialog: { id: `${callId}-${number}`, phase, direction: 'recipient', remote: call.from },
      });
  }
  return dialogs;
}

function calleesOf(call: CallState): Map<string, LegState[]> {
  const byAor = new Map<string, LegState[]>();
  for (const leg of call.legs) {
    if (leg.role !== 'callee' || leg.destination?.kind !== 'binding') continue;
    const { aor } = leg.destination;
    const known = byAor.get(aor);
    if (known === undefined) byAor.set(aor, [leg]);
    else known.push(leg);
  }
  return byAor;
}

function callerPhase(call: CallState): DialogPhase {
  switch (callerLeg(call).phase) {
    case 'answered':
    case 'up':
      return 'confirmed';
    case 'ending':
    case 'ended':
      return 'terminated';
    default:
      return call.legs.some((leg) => leg.role === 'callee' && leg.phase === 'ringing') ? 'early' : 'proceeding';
  }
}

function calleePhase(legs: readonly LegState[]): DialogPhase | undefined {
  if (legs.some(({ phase }) => phase === 'up' || phase === 'answered')) return 'confirmed';
  if (legs.some(({ phase }) => phase === 'ringing')) return 'early';
  return legs.some(({ phase }) => phase === 'new' || phase === 'dialing') ? undefined : 'terminated';
}
