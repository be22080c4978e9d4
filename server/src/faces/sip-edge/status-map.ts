/** The one mapping between SIP's final statuses and end causes, both ways (RFC 3261 §21; Reason by RFC 3326, Q.850 by RFC 6432). */

import type { SessionEnd } from '@ringdown/sip';
import { type EndCause, type EndCauseCode, endCause } from '#engine/calls';

/** What an incoming leg is refused with. */
const statusOf: Readonly<Partial<Record<EndCauseCode, number>>> = {
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
  'upstream-auth': 502,
  'media-lost': 500,
  'media-exhausted': 503,
  'shutting-down': 503,
  overloaded: 503,
};

export function statusFor(cause: EndCause): number {
  // A trunk's own refusal is passed on as it came, except what would make our phones do something wrong (challenges, redirects).
  if (cause.code === 'upstream-rejected' && cause.status !== undefined && cause.status >= 404) return cause.status;
  if (cause.code === 'not-acceptable' && cause.status === 491) return 491;
  return statusOf[cause.code] ?? 500;
}

/** RFC 3326; the text is for people with a trace. */
export function reasonHeaderFor(cause: EndCause): string {
  if (cause.code === 'answered-elsewhere') return 'SIP;cause=200;text="Call completed elsewhere"';
  return `Q.850;cause=${cause.q850};text="${cause.code}"`;
}

/** What a final refusal of a phone or of a trunk means. */
const causeOf: Readonly<Record<number, EndCauseCode>> = {
  400: 'upstream-failed',
  401: 'upstream-auth',
  403: 'forbidden',
  404: 'not-found',
  407: 'upstream-auth',
  408: 'request-timeout',
  410: 'not-found',
  415: 'not-acceptable',
  420: 'unsupported',
  480: 'not-registered',
  482: 'too-many-hops',
  483: 'too-many-hops',
  484: 'not-found',
  486: 'busy',
  487: 'cancelled',
  488: 'not-acceptable',
  491: 'not-acceptable',
  600: 'busy',
  603: 'declined',
  604: 'not-found',
  606: 'not-acceptable',
};

export type FarSide = 'device' | 'trunk';

export function causeOfStatus(status: number, detail: string, far: FarSide): EndCause {
  const seen = { by: 'peer', status, ...(detail === '' ? {} : { detail }) } as const;
  const code = causeOf[status];
  if (
    far === 'trunk' &&
    (code === undefined || code === 'forbidden' || code === 'not-found' || code === 'not-registered')
  ) {
    return endCause(status >= 500 && status < 600 ? 'upstream-failed' : 'upstream-rejected', seen);
  }
  if (code !== undefined) return endCause(code, seen);
  if (status >= 600) return endCause('declined', seen);
  return endCause(status >= 500 ? 'upstream-failed' : 'upstream-rejected', seen);
}

/** Why a session is over, said as a cause. */
export function causeOfEnd(end: SessionEnd, far: FarSide): EndCause {
  const by = end.by === 'remote' ? 'peer' : 'us';
  const detail = end.failure?.detail ?? end.reasonPhrase ?? end.reasonHeader;
  const seen = {
    by,
    ...(end.status === undefined ? {} : { status: end.status }),
    ...(detail === undefined ? {} : { detail }),
  } as const;
  switch (end.why) {
    case 'rejected':
      return causeOfStatus(end.status ?? 500, detail ?? '', far);
    case 'cancelled':
      return endCause('cancelled', seen);
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
