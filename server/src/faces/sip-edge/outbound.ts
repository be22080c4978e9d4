/**
 * Outbound at the registrar (RFC 5626 §6): whether a REGISTER with a reg-id registers its flow, and what the answer says of it. Only where the first hop, which
 * keeps the flow, knows how to: that is us, or an edge proxy whose Path says `ob`.
 */
import { type Flow, parseNameAddr, type SipRequest } from '@ringdown/sip';
import type { RegisterContact, RegisteredContact } from '#services/registrar';

export type OutboundVerdict =
  | { readonly kind: 'ok'; readonly contacts: readonly RegisterContact[] }
  /** 439. */
  | { readonly kind: 'first-hop-lacks-outbound' };

/** The contacts as they are to be registered. */
export function judgeOutbound(request: SipRequest, contacts: readonly RegisterContact[]): OutboundVerdict {
  const isAsked = contacts.some(({ regId }) => regId !== undefined);
  if (!isAsked || doesFirstHop(request)) return { kind: 'ok', contacts };
  if (request.hasToken('Supported', 'outbound')) return { kind: 'first-hop-lacks-outbound' };
  return { kind: 'ok', contacts: contacts.map(({ regId: _ignored, ...contact }) => contact) };
}

function doesFirstHop(request: SipRequest): boolean {
  if (request.headers('Via').length === 1) return true;
  const uri = parseNameAddr(request.headers('Path').at(-1) ?? '')?.uri;
  return uri?.kind === 'sip' && uri.params.has('ob');
}

const flowTimerSec = 120;

/**
 * That the flow itself was registered, and on streams how often the phone should ping (§4.4.1, §5.4). Over UDP it pings by STUN as often as it knows best
 * (§4.4.2).
 */
export function outboundRows(
  request: SipRequest,
  flow: Flow,
  here: readonly RegisteredContact[],
): readonly (readonly [string, string])[] {
  const isDone = here.some(({ binding }) => binding.regId > 0);
  if (!isDone || !request.hasToken('Supported', 'outbound')) return [];
  const required = ['Require', 'outbound'] as const;
  return flow.reliable ? [required, ['Flow-Timer', String(flowTimerSec)]] : [required];
}
