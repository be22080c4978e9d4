/** What a SUBSCRIBE asks for, held against the packages that are served (RFC 6665 §4.2.1.1, §7.2): 489, 423, 406, or so many seconds. */
import { acceptsMediaType } from '../message/media-type.ts';
import type { SipRequest } from '../message/request.ts';
import type { HeaderPair } from '../session/session-bodies.ts';
import { eventOf } from './event-name.ts';
import type { EventName } from './event-port.ts';

/** What a package that is served says about its subscriptions (RFC 6665 §5.4). */
export interface PackagePolicy {
  /** Where the SUBSCRIBE does not say. */
  readonly defaultSec: number;
  /** Less is 423; the RFC allows no more than an hour here. */
  readonly leastSec: number;
  /** More is shortened. */
  readonly mostSec: number;
  /** Media types of its bodies, the one that counts without Accept first; empty: NOTIFY has none. */
  readonly types: readonly string[];
}

export interface AcceptedSubscribe {
  readonly event: EventName;
  readonly expiresSec: number;
  /** Of the package's types, those that the subscriber takes. */
  readonly accept: readonly string[];
}

export interface RefusedSubscribe {
  readonly status: number;
  readonly headers: readonly HeaderPair[];
}

/** For a new SUBSCRIBE: `packages` by name, in lower case. */
export function admitSubscribe(
  request: SipRequest,
  packages: ReadonlyMap<string, PackagePolicy>,
): AcceptedSubscribe | RefusedSubscribe {
  const policy = packages.get(eventOf(request)?.package.toLowerCase() ?? '');
  // A request without Event is one for a package that nobody knows (§7.2.1).
  if (policy === undefined) return { status: 489, headers: [['Allow-Events', [...packages.keys()].join(', ')]] };
  return readSubscribe(request, policy);
}

export function readSubscribe(request: SipRequest, policy: PackagePolicy): AcceptedSubscribe | RefusedSubscribe {
  const event = eventOf(request);
  if (event === undefined) return { status: 489, headers: [] };
  const askedSec = request.expires ?? policy.defaultSec;
  if (askedSec > 0 && askedSec < Math.min(policy.leastSec, 3_600))
    return { status: 423, headers: [['Min-Expires', String(policy.leastSec)]] };
  const accept = acceptedTypes(request, policy.types);
  if (accept === undefined) return { status: 406, headers: [['Accept', policy.types.join(', ')]] };
  return { event, expiresSec: Math.min(askedSec, policy.mostSec), accept };
}

/** Undefined: none of the types. Without Accept: the package's first. */
function acceptedTypes(request: SipRequest, types: readonly string[]): readonly string[] | undefined {
  const ranges = request.headers('Accept');
  if (ranges.length === 0 || types.length === 0) return types.slice(0, 1);
  const taken = types.filter((type) => acceptsMediaType(ranges, type));
  return taken.length === 0 ? undefined : taken;
}
