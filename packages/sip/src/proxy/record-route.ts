/**
 * Record-Route (RFC 3261 §16.6 step 4): this proxy's URI towards the next hop, and below it the one towards the last hop where the two sides differ in transport,
 * address family or interface (RFC 5658 §4), so that each side gets a URI that it can reach. Always a loose router. At the edge the URI towards a user agent that is
 * reached by its flow alone names that flow (RFC 5626 §5.3); there are two then, since with one a user agent whose flow has changed would be sent its own requests.
 * There, too: the Path of a REGISTER (RFC 3327 §5.2, RFC 5626 §5.1).
 */
import { edit } from '../message/edit.ts';
import { formatHost, isIpv4, isIpv6, withoutBrackets } from '../message/host.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';
import type { Flow } from '../transport/flow.ts';

const opening: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER']);

/** Requests that may open a dialog; NOTIFY opens one with its To tag there already (RFC 6665 §4.3). */
export function mayOpenDialog(request: SipRequest): boolean {
  return request.method === 'NOTIFY' || (opening.has(request.method) && request.to.tag === undefined);
}

/** Flow tokens of the sides that have one. */
export interface SideTokens {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export function recordRoute(request: SipRequest, from: Flow, to: Flow, tokens?: SideTokens): SipRequest {
  const isSips = isSecured(request);
  const editor = edit(request);
  const hasToken = tokens?.from !== undefined || tokens?.to !== undefined;
  if (hasToken || isAnotherSide(from, to))
    editor.prependHeader('Record-Route', `<${ownUri(from, isSips, tokens?.from)};lr>`);
  return editor.prependHeader('Record-Route', `<${ownUri(to, isSips, tokens?.to)};lr>`).done();
}

/** `ob`: the registrar may rely on the flow that the token names. */
export function addPath(request: SipRequest, to: Flow, token: string): SipRequest {
  return edit(request)
    .prependHeader('Path', `<${ownUri(to, isSecured(request), token)};lr;ob>`)
    .done();
}

/** Whether it came from the user agent itself: of another proxy before us, that one has the flow. */
export function isFirstHop(request: SipRequest): boolean {
  return request.headers('Via').length === 1;
}

/** Whether what came by a flow is answered by nothing else: its sender says so, or is not where its Contact says, or is a browser (RFC 7118 §5). */
export function isReachedByFlow(request: SipRequest, { kind, remote }: Flow): boolean {
  if (!isFirstHop(request)) return false;
  if (kind === 'ws' || kind === 'wss') return true;
  const uri = request.contacts()[0]?.uri;
  if (uri?.kind !== 'sip') return false;
  const host = withoutBrackets(uri.host);
  return uri.params.has('ob') || ((isIpv4(host) || isIpv6(host)) && host !== remote.address);
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

function ownUri({ kind, secure, advertised: { host, port } }: Flow, isSips: boolean, token?: string): string {
  const scheme = isSips && secure ? 'sips' : 'sip';
  const isImplied = kind === 'udp' || (scheme === 'sips' && kind === 'tls');
  const user = token === undefined ? '' : `${token}@`;
  return `${scheme}:${user}${formatHost(withoutBrackets(host))}:${port}${isImplied ? '' : `;transport=${kind}`}`;
}
