/**
 * Which interface a request in a dialog leaves by: the one that the dialog was record-routed at on that side, which the last of our own Route headers named
 * (RFC 5658 §5). Streams find their connection by its far end.
 */
import { withoutBrackets } from '../message/host.ts';
import type { SipUri } from '../message/uri.ts';
import type { Target } from '../transport/flow.ts';
import type { ProxyOptions } from './proxy-port.ts';

export function leavingBy(target: Target, egress: SipUri | undefined, flowTo: ProxyOptions['flowTo']): Target {
  if (egress === undefined || egress.hostKind === 'name' || target.kind !== 'udp' || target.local !== undefined)
    return target;
  const family = egress.hostKind === 'ipv6' ? 6 : 4;
  if (family !== target.remote.family) return target;
  const local = { family, address: withoutBrackets(egress.host), port: egress.port ?? 5060 } as const;
  const there = { ...target, local };
  // An advertised address is none that a socket is bound to.
  return flowTo(there) === undefined ? target : there;
}
