/**
 * Route sets: Request-URI and Route headers from a remote target and a route set (RFC 3261 §12.2.1.1), for loose routers and for strict
 * ones of RFC 2543; where the request goes first (§8.1.2); the route set that a dialog-forming message brings (§12.1).
 */
import type { SipMessage } from '../message/message.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import { parseUri } from '../message/uri.ts';

export interface Routed {
  /** Request-URI. */
  readonly uri: string;
  /** Values of Route headers, in order. */
  readonly routes: readonly string[];
  /** The URI of the next hop. */
  readonly nextHop: string;
}

export function routedRequest(remoteTarget: string, routeSet: readonly string[]): Routed {
  const [first, ...rest] = routeSet;
  const firstUri = first === undefined ? undefined : parseNameAddr(first)?.uriText;
  if (firstUri === undefined) return { uri: remoteTarget, routes: [], nextHop: remoteTarget };
  if (isLooseRouter(firstUri)) return { uri: remoteTarget, routes: routeSet, nextHop: firstUri };
  // §16.12.1.2: a strict router is named in the Request-URI; the target goes last, and the router's successor brings it back.
  return { uri: asRequestUri(firstUri), routes: [...rest, `<${remoteTarget}>`], nextHop: firstUri };
}

export function isLooseRouter(uriText: string): boolean {
  const uri = parseUri(uriText);
  return uri.kind === 'sip' && uri.params.has('lr');
}

/** Without what may not stand in a Request-URI (§19.1.1, table 1): headers and the method parameter. */
export function asRequestUri(uriText: string): string {
  const at = uriText.indexOf('?');
  return (at < 0 ? uriText : uriText.slice(0, at)).replace(/;method=[^;]*/i, '');
}

/** Record-Route as the callee's route set: in order (§12.1.1). */
export function routeSetOfCallee(request: SipMessage): string[] {
  return request.headers('Record-Route').filter(isRoute);
}

/** Record-Route as the caller's route set: reversed (§12.1.2). */
export function routeSetOfCaller(response: SipMessage): string[] {
  return response.headers('Record-Route').filter(isRoute).reverse();
}

/** What is no SIP URI leads nowhere: with it in the way no request of the dialog could be sent, the BYE neither. */
function isRoute(value: string): boolean {
  return parseNameAddr(value)?.uri.kind === 'sip';
}
