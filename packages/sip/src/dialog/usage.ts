/** Dialog usages (RFC 5057): a dialog stands while a call or a subscription uses it, and each of them ends alone: what ends a subscription is in event/termination.ts, what ends a call in session/bye.ts. */

/** Requests of a subscription: what becomes of them does not touch the call in the same dialog. */
export function isOfSubscription(method: string): boolean {
  return method === 'NOTIFY' || method === 'SUBSCRIBE';
}
