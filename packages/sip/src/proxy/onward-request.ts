/** A request as it goes to one target, but for Via and Record-Route, which depend on where that is (RFC 3261 §16.6 steps 1 to 3, 6 and 7). */
import { asRequestUri, routedRequest } from '../dialog/route-set.ts';
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import { withRoutes } from './preprocess-route.ts';
import type { ProxyTarget } from './proxy-port.ts';

export interface Onward {
  readonly request: SipRequest;
  /** The URI whose servers it goes to. */
  readonly nextHop: string;
}

const defaultMaxForwards = 70;

/** @param breadth null: a request that does not fork (RFC 5393 §5.3.2: ACK), or whose share is not counted */
export function onwardRequest(
  request: SipRequest,
  to: Pick<ProxyTarget, 'uri' | 'route'>,
  breadth: number | null,
): Onward {
  const given = request.headers('Route');
  const routed = routedRequest(asRequestUri(to.uri), [...(to.route ?? []), ...given]);
  const maxForwards = request.maxForwards === undefined ? defaultMaxForwards : request.maxForwards - 1;
  const editor = edit(request).setUri(routed.uri).setHeader('Max-Forwards', maxForwards);
  if (breadth !== null) editor.setHeader('Max-Breadth', breadth);
  const isSameRoute = routed.routes.length === given.length && routed.routes.every((route, i) => route === given[i]);
  const onward = editor.done();
  return { request: isSameRoute ? onward : withRoutes(onward, routed.routes), nextHop: routed.nextHop };
}
