/**
 * Record-Route (RFC 3261 §16.6 step 4): this proxy's URI towards the next hop, and below it the one towards the last hop where the two sides differ in transport,
 * address family or interface (RFC 5658 §4), so that each side gets a URI that it can reach. Always a loose router.
 *
 * Leaves out: flow tokens (RFC 5626 §5.2), by which a proxy at the edge finds the connection of a user agent behind NAT again.
 */
import { edit } from '../message/edit.ts';
import { formatHost, withoutBrackets } from '../message/host.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';
import type { Flow } from '../transport/flow.ts';

const opening: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER']);

/** Requests that may open a dialog; NOTIFY opens one with its To tag there already (RFC 6665 §4.3). */
export function mayOpenDialog(request: SipRequest): boolean {
  return request.method === 'NOTIFY' || (opening.has(request.method) && request.to.tag === undefined);
}

export function recordRoute(request: SipRequest, from: Flow, to: Flow): SipRequest {
  const isSips = isSecured(request);
  const editor = edit(request);
  if (isAnotherSide(from, to)) editor.prependHeader('Record-Route', ownRoute(from, isSips));
  return editor.prependHeader('Record-Route', ownRoute(to, isSips)).done();
}

function isAnotherSide(one: Flow, other: Flow): boolean {
  return (
    one.kind !== other.kind ||
    one.local.family !== other.local.family ||
    one.advertised.host !== other.advertised.host ||
    one.advertised.port !== other.advertised.port
  );
}

/** RFC 3261 §16.6 step 4: sips begets sips. */
function isSecured(request: SipRequest): boolean {
  const next = parseNameAddr(request.headers('Route')[0] ?? '')?.uri ?? request.requestUri;
  return next.scheme === 'sips' || request.requestUri.scheme === 'sips';
}

function ownRoute({ kind, secure, advertised: { host, port } }: Flow, isSips: boolean): string {
  const scheme = isSips && secure ? 'sips' : 'sip';
  const isImplied = kind === 'udp' || (scheme === 'sips' && kind === 'tls');
  return `<${scheme}:${formatHost(withoutBrackets(host))}:${port}${isImplied ? '' : `;transport=${kind}`};lr>`;
}
