/**
 * Transfers under way (REFER, RFC 3515, RFC 5589). A blind one is a call of its own, which rings whoever it is to, with a leg in it that only keeps the
 * place of the party that is transferred; when it is answered that party takes the place (taking-over.ts). An attended one has that call already, and the
 * place is the asker's own leg in it. Until then the asker's call goes on as it was, and so it does when it comes to nothing; an asker that has hung
 * up leaves the other party waiting (waiting.ts).
 *
 * What is done next follows from the states of the two calls alone, and is looked at after each input.
 */
import type { CallId, LegId } from '#base/ids';
import type { CallContext } from './call-context.ts';
import {
  type CallState,
  callerLeg,
  findLeg,
  isAlive,
  joinedLeg,
  type LegState,
  noteHandover,
  transferOf,
} from './call-state.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { closeIfOver, closeLeg, endCall, endLeg } from './ending.ts';
import { placeEdge, type Transfer } from './handover.ts';
import type { LegCommand } from './leg-port.ts';
import { mayTakeOver, takeOver } from './taking-over.ts';

export interface TransferPorts {
  readonly ctx: CallContext;
  readonly find: (callId: CallId) => CallState | undefined;
  /** It is stored with this turn. */
  readonly changed: (call: CallState) => void;
}

export class Transfers {
  readonly #ports: TransferPorts;
  /** The call of who asked, by the leg that keeps the place. */
  readonly #pending = new Map<LegId, CallId>();

  constructor(ports: TransferPorts) {
    this.#ports = ports;
  }

  /** @param place where the other party of `by` is to go on */
  begin(call: CallState, by: LegState, { referId, to, place }: Begun): void {
    const leg = joinedLeg(call, by);
    if (leg === undefined) return;
    const [byLegId, legId] = [by.legId, leg.legId];
    noteHandover(call, { transfer: { byLegId, referId, legId, toCallId: to.callId, placeLegId: place.legId } });
    this.#pending.set(place.legId, call.callId);
    this.#ports.ctx.leg(by.edge, { type: 'accept-refer', legId: byLegId, referId });
  }

  /** The asker's own call to the target still rings: it goes on without that leg. */
  keepPlace(to: CallState): LegState {
    const { ctx } = this.#ports;
    const caller = callerLeg(to);
    const place: LegState = { ...caller, legId: ctx.ids.next('leg'), edge: placeEdge, joins: [] };
    caller.media = { ...caller.media, streams: [] };
    to.legs.push(place);
    noteHandover(to, { callerLegId: place.legId });
    endLeg(ctx, caller, endCause('transferred'));
    return place;
  }

  /** Of a leg that only keeps a place. Its state says the rest. */
  perform(command: LegCommand): void {
    if (command.type !== 'ring') return;
    const { from, transfer } = this.#of(command.legId) ?? {};
    if (from === undefined || transfer === undefined) return;
    const status = command.status === 180 ? 180 : 183;
    this.#report(from, transfer, { kind: 'progress', status });
  }

  /** Who will take the place: its media is to be reached like that party. */
  leaverOf(placeLegId: LegId): { readonly call: CallState; readonly leg: LegState } | undefined {
    const { from, transfer } = this.#of(placeLegId) ?? {};
    const leg = from === undefined || transfer === undefined ? undefined : findLeg(from, transfer.legId);
    return from === undefined || leg === undefined ? undefined : { call: from, leg };
  }

  /** After each input. */
  settle(): void {
    for (const placeLegId of this.#pending.keys()) {
      const found = this.#of(placeLegId);
      if (found === undefined) this.#pending.delete(placeLegId);
      else this.#settle(found.from, found.transfer);
    }
  }

  #of(placeLegId: LegId): { readonly from: CallState; readonly transfer: Transfer } | undefined {
    const callId = this.#pending.get(placeLegId);
    const from = callId === undefined ? undefined : this.#ports.find(callId);
    const transfer = from === undefined ? null : transferOf(from);
    return from === undefined || transfer === null ? undefined : { from, transfer };
  }

  #settle(from: CallState, transfer: Transfer): void {
    const { ctx, changed } = this.#ports;
    const to = this.#ports.find(transfer.toCallId);
    const place = to === undefined ? undefined : findLeg(to, transfer.placeLegId);
    const leg = findLeg(from, transfer.legId);
    if (to === undefined || place === undefined || !isAlive(place)) {
      this.#fail(from, transfer, place?.cause ?? to?.cause ?? endCause('dialog-gone'));
      if (to !== undefined && place?.edge === placeEdge) this.#close(to, place);
    } else if (leg === undefined || from.phase !== 'up') {
      const cause = endCause('cancelled', { detail: 'who was to be transferred has hung up' });
      this.#fail(from, transfer, cause);
      if (place.edge !== placeEdge) return;
      endCall(ctx, to, cause);
      this.#close(to, place);
    } else if (mayTakeOver({ from, leg, to, place })) {
      this.#pending.delete(place.legId);
      changed(from);
      this.#report(from, transfer, { kind: 'succeeded' });
      takeOver(ctx, { from, leg, to, place, cause: endCause('transferred') });
      changed(to);
    }
  }

  #fail(from: CallState, transfer: Transfer, cause: EndCause): void {
    const { ctx, changed } = this.#ports;
    this.#pending.delete(transfer.placeLegId);
    changed(from);
    this.#report(from, transfer, { kind: 'failed', cause });
    noteHandover(from, { transfer: null });
    if (from.phase === 'up' && from.joinedLegId === null) endCall(ctx, from, cause);
  }

  #close(to: CallState, place: LegState): void {
    const { ctx, changed } = this.#ports;
    changed(to);
    closeLeg(ctx, to, place, place.cause ?? endCause('cancelled'));
    closeIfOver(ctx, to);
  }

  #report(from: CallState, { byLegId, referId }: Transfer, outcome: ReportOutcome): void {
    const edge = findLeg(from, byLegId)?.edge;
    if (edge !== undefined) this.#ports.ctx.leg(edge, { type: 'report-refer', legId: byLegId, referId, outcome });
  }
}

type ReportOutcome = Extract<LegCommand, { type: 'report-refer' }>['outcome'];

export interface Begun {
  readonly referId: string;
  readonly to: CallState;
  readonly place: LegState;
}

/** Why a party cannot be transferred by this leg now; null: it can. */
export function transferObstacle(call: CallState, by: LegState): EndCause | null {
  const leg = joinedLeg(call, by);
  if (transferOf(call) !== null || call.takingPlace !== null)
    return endCause('not-acceptable', { status: 491, detail: 'another transfer of this call is under way' });
  if (call.phase !== 'up' || by.phase !== 'up' || leg === undefined)
    return endCause('forbidden', { detail: 'there is nobody to transfer: the call is not up between two parties' });
  return null;
}
