/** The transport parameter of a URI that names us (RFC 3261 §19.1.1): none for UDP; WebSockets are `ws`, over TLS or not (RFC 7118 §5.3). */
import type { TransportKind } from './flow.ts';

export function transportParam(kind: TransportKind): string {
  if (kind === 'udp') return '';
  return `;transport=${kind === 'wss' ? 'ws' : kind}`;
}
