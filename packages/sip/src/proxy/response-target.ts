/** Where a Via leads back to, when all that is known is the Via (RFC 3261 §18.2.2, RFC 3581 §4). Undefined: nowhere that is known without a look-up. */
import { isIpv4, isIpv6, withoutBrackets } from '../message/host.ts';
import type { Via } from '../message/via.ts';
import type { Target, TransportKind } from '../transport/flow.ts';

const kinds: readonly TransportKind[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

/** Deviation: `maddr` is not followed, as in transaction/response-route.ts. */
export function responseTarget(via: Via): Target | undefined {
  const kind = kinds.find((one) => one === via.transport.toLowerCase());
  const address = via.received ?? withoutBrackets(via.host);
  const family = isIpv4(address) ? 4 : 6;
  if (kind === undefined || (family === 6 && !isIpv6(address))) return undefined;
  const port = via.rport ?? via.port ?? (kind === 'tls' || kind === 'wss' ? 5061 : 5060);
  return { kind, remote: { family, address, port } };
}
