/**
 * Why a call or a leg ended: one value that billing, CDR, console and API all read. Faces map it to and from their own codes
 * (SIP status, HTTP, WebRTC close) in one file each; nobody else invents a reason.
 */

/** Whose doing it was. `nobody` where nothing went wrong. */
export type Fault = 'nobody' | 'caller' | 'callee' | 'upstream' | 'us' | 'unknown';

interface CauseRow {
  readonly fault: Fault;
  /** ITU-T Q.850 cause value, as RFC 3326 Reason carries it. */
  readonly q850: number;
  /** One sentence for the person who must act. */
  readonly text: string;
}

/** Every cause there is. The key is stable: it is stored in CDRs and shown in the API. */
export const endCauses = {
  'normal-clearing': { fault: 'nobody', q850: 16, text: 'A party hung up.' },
  transferred: { fault: 'nobody', q850: 16, text: 'A party was transferred, and goes on in another call.' },
  cancelled: { fault: 'nobody', q850: 16, text: 'The caller gave up before an answer.' },
  'answered-elsewhere': { fault: 'nobody', q850: 26, text: 'Another device of the same user answered.' },
  'no-answer': { fault: 'callee', q850: 19, text: 'It rang, and nobody answered in time.' },
  busy: { fault: 'callee', q850: 17, text: 'The callee is busy.' },
  declined: { fault: 'callee', q850: 21, text: 'The callee declined the call.' },
  'not-registered': { fault: 'callee', q850: 20, text: 'The user exists, but none of its devices is registered.' },
  'not-found': { fault: 'caller', q850: 1, text: 'No user, number or route has this address.' },
  'no-route': { fault: 'us', q850: 3, text: 'No rule sends this number to a trunk.' },
  forbidden: { fault: 'caller', q850: 57, text: 'The caller may not make this call.' },
  'bad-request': { fault: 'caller', q850: 95, text: 'The request was malformed.' },
  'too-many-hops': {
    fault: 'us',
    q850: 25,
    text: 'The call went in a loop and was stopped (Max-Forwards reached zero).',
  },
  'channels-used-up': { fault: 'us', q850: 34, text: 'All channels of the trunk or the server are in use.' },
  'no-common-codec': { fault: 'unknown', q850: 88, text: 'The two sides have no codec in common.' },
  'not-acceptable': { fault: 'unknown', q850: 88, text: 'The far side did not accept the session description.' },
  unsupported: { fault: 'caller', q850: 79, text: 'A required extension is not supported.' },
  'request-timeout': { fault: 'callee', q850: 102, text: 'The far side did not respond at all.' },
  unreachable: { fault: 'callee', q850: 27, text: 'No connection to the far side could be made.' },
  'upstream-rejected': { fault: 'upstream', q850: 21, text: 'The trunk or the far server refused the call.' },
  'upstream-failed': { fault: 'upstream', q850: 41, text: 'The trunk or the far server failed.' },
  'trunk-down': { fault: 'upstream', q850: 38, text: 'The trunk is known to be down, so it was not tried.' },
  'upstream-auth': { fault: 'us', q850: 57, text: 'The trunk did not accept our credentials.' },
  'no-ack': { fault: 'caller', q850: 102, text: 'The answer was never acknowledged (no ACK).' },
  'media-timeout': { fault: 'unknown', q850: 31, text: 'No audio and no RTCP came from a party for too long.' },
  'session-expired': { fault: 'unknown', q850: 102, text: 'The session timer ran out without a refresh.' },
  'dialog-gone': { fault: 'unknown', q850: 41, text: 'The far side no longer knows the call.' },
  'media-lost': { fault: 'us', q850: 41, text: 'The media process that carried the call ended.' },
  'media-exhausted': { fault: 'us', q850: 34, text: 'No RTP port was free.' },
  'control-restarted': { fault: 'us', q850: 41, text: 'The server restarted and the call could not be kept.' },
  'shutting-down': { fault: 'us', q850: 27, text: 'The server is being stopped and takes no new call.' },
  overloaded: { fault: 'us', q850: 42, text: 'The server is overloaded.' },
  'internal-error': { fault: 'us', q850: 41, text: 'A defect in the server ended the call.' },
} as const satisfies Record<string, CauseRow>;

export type EndCauseCode = keyof typeof endCauses;

/** Plain data, stored with the leg. */
export interface EndCause {
  readonly code: EndCauseCode;
  readonly fault: Fault;
  readonly q850: number;
  /** Which side's act ended it: our own, or the leg's peer. */
  readonly by: 'peer' | 'us';
  /** The SIP status that the peer or we gave, where there was one. */
  readonly status?: number;
  /** Reasons of other protocols than SIP and Q.850 that the peer gave (RFC 3326, RFC 9366), as they stood. */
  readonly reasons?: readonly string[];
  /** What exactly was seen: the peer's reason phrase, the codec lists, the socket error. Never a secret. */
  readonly detail?: string;
}

/** Makes a cause, its fault and Q.850 value taken from the table unless the observer knows better. */
export function endCause(
  code: EndCauseCode,
  seen: { by?: 'peer' | 'us'; status?: number; detail?: string; fault?: Fault } = {},
): EndCause {
  const row: CauseRow = endCauses[code];
  return {
    code,
    fault: seen.fault ?? row.fault,
    q850: row.q850,
    by: seen.by ?? 'us',
    ...(seen.status === undefined ? {} : { status: seen.status }),
    ...(seen.detail === undefined ? {} : { detail: seen.detail }),
  };
}
