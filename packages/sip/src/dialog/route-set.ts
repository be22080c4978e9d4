/** Request-URI and Route headers from a remote target and a route set (RFC 3261 §12.2.1.1): loose routers, and strict ones of RFC 2543. */
import { parseNameAddr } from '../message/name-addr.ts';

export interface Routed {
  readonly uri: string;
  readonly routes: readonly string[];
}

export function routedRequest(remoteTarget: string, routeSet: readonly string[]): Routed {
  const [first, ...rest] = routeSet;
  if (first === undefined) return { uri: remoteTarget, routes: [] };
  const uri = parseNameAddr(first)?.uriText ?? '';
  if (/;lr(?=[;=?]|$)/i.test(uri)) return { uri: remoteTarget, routes: routeSet };
  // A strict router takes the place of the Request-URI; the target goes last.
  return { uri: withoutHeaders(uri), routes: [...rest, `<${remoteTarget}>`] };
}

function withoutHeaders(uri: string): string {
  const at = uri.indexOf('?');
  return at < 0 ? uri : uri.slice(0, at);
}
