/** Whether a request may go on at all: RFC 3261 §16.3 but for authorization (step 6), which is the user's. */
import type { SipRequest } from '../message/request.ts';
import { checkRequest, type RequestPolicy, type RequestRejection } from '../message/validate.ts';
import { isLooped } from './loop-hash.ts';

export type ProxyPolicy = Pick<RequestPolicy, 'extensions' | 'schemes' | 'limits'>;

/** Undefined: go on. An ACK is only ever dropped; its status says why. */
export function refuseToForward(request: SipRequest, hash: string, policy: ProxyPolicy): RequestRejection | undefined {
  // Step 3: the last hop of an OPTIONS is asked about itself (RFC 3261 §11).
  if (request.method === 'OPTIONS' && request.maxForwards === 0) return { status: 200, reason: 'OK', headers: [] };
  if (request.method === 'ACK' && request.maxForwards === 0) return { status: 483, reason: '', headers: [] };
  const rejection = checkRequest(request, { ...policy, role: 'proxy' });
  if (rejection !== undefined) return rejection;
  return isLooped(request, hash) ? { status: 482, reason: 'Loop Detected', headers: [] } : undefined;
}
