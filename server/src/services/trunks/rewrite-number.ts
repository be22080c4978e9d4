/** Numbers as they cross a trunk: outbound by the route's strip and prepend, inbound by the trunk's. Pure. */
import type { NumberRewrite, Route } from './records.ts';

/** What the trunk is to dial for what the user dialled. */
export function outboundNumber(route: Pick<Route, 'strip' | 'prepend'>, dialled: string): string {
  return route.prepend + dialled.slice(route.strip);
}

/** What the trunk dialled, as the number that a tenant owns. */
export function inboundNumber(rewrite: NumberRewrite, dialled: string): string {
  const rest = dialled.startsWith(rewrite.strip) ? dialled.slice(rewrite.strip.length) : dialled;
  return rewrite.prepend + rest;
}
