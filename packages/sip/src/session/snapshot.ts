/**
 * A session as JSON, and a session from it: taken at the end of a turn, brought back by another process after a crash.
 *
 * Leaves out: what was under way. A change of ours that had no final is as if it had not been sent, one of the peer's is refused so that it tries
 * again; credentials are the user's.
 */

import { skippedSeq } from '../dialog/dialog.ts';
import { expireAfterMs } from '../dialog/session-timer.ts';
import { parseMessage } from '../message/parse-message.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow } from '../transport/flow.ts';
import { repeatSuccess } from './repeat-success.ts';
import type { SessionCore } from './session-core.ts';
import {
  bodyFromStored,
  bytesFromText,
  type SessionSnapshot,
  type SessionState,
  type StoredFlow,
} from './session-state.ts';
import { storeBody, textOf } from './stored-text.ts';

/** Our refresh comes so soon after a restart, spread for the sake of the peers. */
export const resumeWithinMs = 10_000;

export function takeSnapshot(session: SessionCore): SessionSnapshot | null {
  const { state, repetition, flow } = session;
  const { decode } = session.agent;
  const { phase, dialog } = state;
  if (dialog === null || (phase !== 'accepted' && phase !== 'confirmed')) return null;
  return {
    schema: 1,
    role: state.role,
    phase,
    dialog: { ...dialog },
    timer: { ...state.timer },
    inviteSeq: state.inviteSeq,
    localBody: storeBody(state.localBody),
    remoteBody: storeBody(state.remoteBody),
    peerAllowsUpdate: state.peerAllowsUpdate,
    followsContact: state.followsContact,
    flow: flow === null ? null : storeFlow(flow),
    expiresUtcMs: expiryOf(session),
    unacknowledged:
      repetition === null ? null : { text: textOf(repetition.response, decode), wasAsked: repetition.wasAsked },
    refusal: refusalOf(session),
    isAckDue: session.isAckDue,
  };
}

function storeFlow({ kind, local, remote }: Flow): StoredFlow {
  return { kind, local, remote };
}

function expiryOf({ agent, refresh }: SessionCore): number | null {
  const { nowUtcMs, clock } = agent.options;
  if (nowUtcMs === undefined || refresh.expiresMs === null) return null;
  return nowUtcMs() + refresh.expiresMs - clock.nowMs();
}

function refusalOf(session: SessionCore): string | null {
  const { peerChange } = session;
  if (peerChange === null) return null;
  return textOf(session.respondTo(peerChange.request, 500, { headers: [['Retry-After', '1']] }), session.agent.decode);
}

/** The part of a snapshot that is the session's own state. */
export function readSnapshot(state: SessionState, snapshot: SessionSnapshot): void {
  const { dialog } = snapshot;
  state.phase = snapshot.phase;
  state.dialog = { ...dialog, localSeq: dialog.localSeq + skippedSeq };
  Object.assign(state.timer, snapshot.timer);
  state.inviteSeq = snapshot.inviteSeq;
  state.localBody = bodyFromStored(snapshot.localBody);
  state.remoteBody = bodyFromStored(snapshot.remoteBody);
  state.peerAllowsUpdate = snapshot.peerAllowsUpdate;
  state.followsContact = snapshot.followsContact;
  state.offerAnswer.isSettled = snapshot.localBody !== null && snapshot.remoteBody !== null;
  if (snapshot.isAckDue) state.offerAnswer.inviter = 'local';
  if (snapshot.unacknowledged === null) return;
  state.offerAnswer.inviter = 'remote';
  if (!snapshot.unacknowledged.wasAsked) return;
  state.offerAnswer.open = 'local';
  state.offerAnswer.openIn = 'INVITE';
}

/** Our 2xx goes on until its ACK; a change of the peer's that waits is refused. */
export function resumeAnswers(session: SessionCore, snapshot: SessionSnapshot): void {
  const { unacknowledged, refusal } = snapshot;
  const success = unacknowledged === null ? undefined : responseFrom(unacknowledged.text);
  if (success !== undefined)
    repeatSuccess(session, { transaction: null, response: success, wasAsked: unacknowledged?.wasAsked === true });
  const refused = refusal === null ? undefined : responseFrom(refusal);
  if (refused !== undefined && session.flow !== null)
    session.agent.options.transactions.sendDirect(refused, session.flow);
}

function responseFrom(text: string): SipResponse | undefined {
  const parsed = parseMessage(bytesFromText(text));
  return parsed.ok && parsed.message.kind === 'response' ? (parsed.message as SipResponse) : undefined;
}

/**
 * What is left of the session timer's interval. A deadline that has passed, or that lies too far off, says that the wall clock was set or that we were
 * away for long: then a whole interval, since hanging up a call that lives is worse than keeping one that does not.
 */
export function leftOfInterval(session: SessionCore, expiresUtcMs: number | null): number {
  const { nowUtcMs } = session.agent.options;
  const wholeMs = expireAfterMs(session.state.timer);
  const leftMs = expiresUtcMs === null || nowUtcMs === undefined ? wholeMs : expiresUtcMs - nowUtcMs();
  return leftMs <= 0 || leftMs > wholeMs ? wholeMs : leftMs;
}
