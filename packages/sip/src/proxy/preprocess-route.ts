/**
 * What of a request's route is over when it comes here (RFC 3261 §16.4): the Request-URI that a strict router has put our Record-Route into, a maddr that names
 * us, and the Route headers that name us: two of them where we had record-routed twice (RFC 5658 §5).
 */
import { edit } from '../message/edit.ts';
import { withoutBrackets } from '../message/host.ts';
import { type NameAddr, parseNameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';
import { formatUri, type SipUri, type Uri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';

export type IsOwn = (host: string, port: number | undefined) => boolean;

export interface Preprocessed {
  readonly request: SipRequest;
  /** A Route header, or what a strict router made of it, had named us. */
  readonly isRouted: boolean;
  /** The last of our URIs that were taken away: the side it leaves by where we have several. */
  readonly egress: SipUri | undefined;
}

export function preprocessRoute(received: SipRequest, flow: Flow, isOwn: IsOwn): Preprocessed {
  const target = afterStrictRouter(received, isOwn);
  const request = withoutOwnMaddr(target, flow, isOwn);
  const routes = request.headers('Route');
  let egress: SipUri | undefined;
  let count = 0;
  for (const route of routes) {
    const uri = parseNameAddr(route)?.uri;
    if (!isOurs(uri, isOwn)) break;
    egress = uri;
    count += 1;
  }
  const isRouted = count > 0 || target !== received;
  return { request: count === 0 ? request : withRoutes(request, routes.slice(count)), isRouted, egress };
}

export function isOurs(uri: Uri | undefined, isOwn: IsOwn): uri is SipUri {
  return uri?.kind === 'sip' && isOwn(withoutBrackets(uri.host).toLowerCase(), uri.port);
}

/** A Request-URI that we had put into a Record-Route: the real one is the last Route. */
function afterStrictRouter(request: SipRequest, isOwn: IsOwn): SipRequest {
  const uri = request.requestUri;
  if (uri.kind !== 'sip' || uri.user !== undefined || !uri.params.has('lr') || !isOurs(uri, isOwn)) return request;
  const routes = request.headers('Route');
  const last: NameAddr | undefined = parseNameAddr(routes.at(-1) ?? '');
  if (last === undefined) return request;
  return withRoutes(edit(request).setUri(last.uriText).done(), routes.slice(0, -1));
}

/** Only where it came by the port and transport that the URI names. */
function withoutOwnMaddr(request: SipRequest, flow: Flow, isOwn: IsOwn): SipRequest {
  const uri = request.requestUri;
  const maddr = uri.kind === 'sip' ? uri.params.get('maddr') : undefined;
  if (uri.kind !== 'sip' || maddr === undefined) return request;
  const kind = uri.params.get('transport')?.toLowerCase() ?? (uri.scheme === 'sips' ? 'tls' : 'udp');
  const port = uri.port ?? (kind === 'tls' || kind === 'wss' ? 5061 : 5060);
  const isHere = isOwn(withoutBrackets(maddr).toLowerCase(), uri.port);
  if (!isHere || kind !== flow.kind || port !== flow.local.port) return request;
  const params: Record<string, string> = {};
  for (const { name, value } of uri.params.list) if (!/^(?:maddr|transport)$/i.test(name)) params[name] = value;
  const { scheme, user, password, host } = uri;
  return edit(request).setUri(formatUri({ scheme, user, password, host, params })).done();
}

export function withRoutes(request: SipRequest, routes: readonly string[]): SipRequest {
  const editor = edit(request).removeHeader('Route');
  for (const route of routes.toReversed()) editor.prependHeader('Route', route);
  return editor.done();
}
