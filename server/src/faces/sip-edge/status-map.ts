/** The one mapping between SIP's final statuses and end causes, both ways (RFC 3261 §21; Reason by RFC 3326, Q.850 by RFC 6432). */

import { parseReason, type SessionEnd } from '@ringdown/sip';
import { type EndCause, type EndCauseCode, endCause } from '#engine/calls';

/** What an incoming leg is refused with. */
const statusOf: Readonly<Record<EndCauseCode, number>> = {
  'normal-clearing': 480,
  transferred: 487,
  cancelled: 487,
  'answered-elsewhere': 487,
  'no-answer': 480,
  busy: 486,
  declined: 603,
  'not-registered': 480,
  'not-found': 404,
  'no-route': 404,
  forbidden: 403,
  'bad-request': 400,
  'too-many-hops': 483,
  'channels-used-up': 486,
  'no-common-codec': 488,
  'not-acceptable': 488,
  unsupported: 420,
  'request-timeout': 408,
  unreachable: 480,
  'upstream-rejected': 480,
  'upstream-failed': 502,
  'trunk-down': 503,
  'upstream-auth': 502,
  'no-ack': 408,
  'media-timeout': 480,
  'session-expired': 408,
  'dialog-gone': 480,
  'media-lost': 500,
  'media-exhausted': 503,
  'control-restarted': 503,
  'shutting-down': 503,
  overloaded: 503,
  'internal-error': 500,
};

/**
 * Refusals of a trunk that say something about the number or the person: passed on as they came. Not among them is what would make our own phone
 * do something wrong (redirects, challenges, extensions, session timers): that was between the trunk and us.
 */
const passedOn: ReadonlySet<number> = new Set([402, 403, 404, 410, 433, 480, 484, 485, 603, 604, 607, 608]);

export function statusFor(cause: EndCause): number {
  if (cause.code === 'upstream-rejected' && cause.status !== undefined && passedOn.has(cause.status))
    return cause.status;
  if (cause.code === 'not-acceptable' && cause.status === 491) return 491;
  return statusOf[cause.code];
}

/** RFC 3326; the text is for people with a trace. What other protocols had to say follows, several of one protocol too (RFC 9366). */
export function reasonHeaderFor(cause: EndCause): string {
  if (cause.code === 'answered-elsewhere') return 'SIP;cause=200;text="Call completed elsewhere"';
  return [`Q.850;cause=${cause.q850};text="${cause.code}"`, ...(cause.reasons ?? [])].join(', ');
}

export type FarSide = 'device' | 'trunk';

/**
 * What a final refusal means: of a device, of a trunk. A status that is not named here counts by its class (RFC 3261 §8.1.3.2): 3xx and 4xx
 * `upstream-rejected`, 5xx `upstream-failed`, 6xx `declined`.
 */
const causesOf: Readonly<Record<number, readonly [device: EndCauseCode, trunk: EndCauseCode]>> = {
  400: ['upstream-failed', 'upstream-failed'],
  401: ['upstream-rejected', 'upstream-auth'],
  403: ['forbidden', 'upstream-rejected'],
  404: ['not-found', 'upstream-rejected'],
  406: ['not-acceptable', 'not-acceptable'],
  407: ['upstream-rejected', 'upstream-auth'],
  408: ['request-timeout', 'request-timeout'],
  410: ['not-found', 'upstream-rejected'],
  415: ['not-acceptable', 'not-acceptable'],
  420: ['unsupported', 'unsupported'],
  421: ['unsupported', 'unsupported'],
  // A device that answers at all is registered: it rang or does not want to.
  480: ['no-answer', 'upstream-rejected'],
  482: ['too-many-hops', 'too-many-hops'],
  483: ['too-many-hops', 'too-many-hops'],
  484: ['not-found', 'upstream-rejected'],
  486: ['busy', 'busy'],
  487: ['cancelled', 'cancelled'],
  488: ['not-acceptable', 'not-acceptable'],
  491: ['not-acceptable', 'not-acceptable'],
  600: ['busy', 'busy'],
  603: ['declined', 'declined'],
  604: ['not-found', 'upstream-rejected'],
  606: ['not-acceptable', 'not-acceptable'],
  607: ['declined', 'upstream-rejected'],
  608: ['declined', 'upstream-rejected'],
};

export function causeOfStatus(status: number, detail: string, far: FarSide, by: 'peer' | 'us' = 'peer'): EndCause {
  const row = causesOf[status];
  const code = row === undefined ? causeOfClass(status) : row[far === 'trunk' ? 1 : 0];
  return endCause(code, { by, status, ...(detail === '' ? {} : { detail }) });
}

function causeOfClass(status: number): EndCauseCode {
  if (status >= 600) return 'declined';
  return status >= 500 ? 'upstream-failed' : 'upstream-rejected';
}

/** Why a session is over, said as a cause; the Q.850 value is the peer's own where it gave one (RFC 3326 §2, RFC 6432). */
export function causeOfEnd(end: SessionEnd, far: FarSide): EndCause {
  const cause = causeOfWhy(end, far);
  if (end.by === 'local' || end.message === undefined) return cause;
  const q850 = reasonsOf(end).find(({ protocol }) => protocol.toUpperCase() === 'Q.850')?.cause;
  const others = otherReasons(end);
  const told = q850 === undefined ? cause : tellsMore(cause, q850);
  const seen = q850 === undefined ? told : { ...told, q850 };
  return others.length === 0 ? seen : { ...seen, reasons: others };
}

function causeOfWhy(end: SessionEnd, far: FarSide): EndCause {
  const by = end.by === 'remote' ? 'peer' : 'us';
  const detail = end.failure?.detail ?? end.reasonPhrase ?? end.reasonHeader;
  const seen = {
    by,
    ...(end.status === undefined ? {} : { status: end.status }),
    ...(detail === undefined ? {} : { detail }),
  } as const;
  switch (end.why) {
    case 'rejected':
      return causeOfStatus(end.status ?? 500, detail ?? '', far, by);
    case 'cancelled':
      return endCause(isElsewhere(end) ? 'answered-elsewhere' : 'cancelled', seen);
    case 'hung-up':
      return endCause('normal-clearing', seen);
    case 'timeout':
      return endCause('request-timeout', seen);
    case 'transport':
      return endCause('unreachable', seen);
    case 'no-ack':
      return endCause('no-ack', seen);
    case 'expired':
      return endCause('session-expired', seen);
    case 'gone':
      return endCause('dialog-gone', seen);
  }
}

/** RFC 3326 §2: a CANCEL because another branch has answered says SIP 200. */
function isElsewhere(end: SessionEnd): boolean {
  return reasonsOf(end).some(({ protocol, cause }) => protocol.toUpperCase() === 'SIP' && cause === 200);
}

/** What a gateway's network has said, where the status is one for all (RFC 3398 §8.2.6.1 read backwards, RFC 6432 §3). */
const codeOfQ850: Readonly<Record<number, EndCauseCode>> = {
  1: 'not-found',
  17: 'busy',
  18: 'no-answer',
  19: 'no-answer',
  21: 'declined',
  22: 'not-found',
  27: 'unreachable',
  28: 'not-found',
};

/** Only where the status by itself says nothing of the callee. */
function tellsMore(cause: EndCause, q850: number): EndCause {
  const code = codeOfQ850[q850];
  const { by, status, detail } = cause;
  const isGeneral = status === undefined || status === 480 || !passedOn.has(status);
  if (code === undefined || !isGeneral || (cause.code !== 'upstream-failed' && cause.code !== 'upstream-rejected'))
    return cause;
  return endCause(code, {
    by,
    ...(status === undefined ? {} : { status }),
    ...(detail === undefined ? {} : { detail }),
  });
}

/** Of what nobody here acts on, a few and short ones. */
const maxReasons = 4;
const maxReasonChars = 256;

function otherReasons({ message }: SessionEnd): string[] {
  const others = (message?.headers('Reason') ?? []).filter((value) => {
    const protocol = parseReason(value)?.protocol.toUpperCase();
    return protocol !== undefined && protocol !== 'SIP' && protocol !== 'Q.850' && value.length <= maxReasonChars;
  });
  return others.slice(0, maxReasons);
}

function reasonsOf(end: SessionEnd) {
  return (end.message?.headers('Reason') ?? []).flatMap((value) => parseReason(value) ?? []);
}
