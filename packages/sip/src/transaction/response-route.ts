/**
 * Where a response goes: RFC 3261 §18.2.2 and RFC 3581 §4. Decided from where the request came from, not from what its Via claims.
 *
 * Deviation: `maddr` is not followed; it would let anybody aim our responses at a third party.
 */
import type { Via } from '../message/via.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type { TransportPort } from '../transport/transport-port.ts';

function defaultPort(flow: Flow): number {
  return flow.secure ? 5061 : 5060;
}

export function responseFlowFor(via: Via, flow: Flow, transport: TransportPort): Flow {
  // RFC 3581 §4: to the source port, out of the socket that the request came to. A stream: the same connection.
  if (flow.reliable || via.asksForRport) return flow;
  const port = via.port ?? defaultPort(flow);
  if (port === flow.remote.port) return flow;
  const target: Target = { kind: flow.kind, remote: { ...flow.remote, port }, local: flow.local };
  return transport.flowTo(target) ?? flow;
}

/** RFC 3261 §18.2.2: the connection is gone, so a new one to where the Via says the peer listens. */
export function reopenedFlow(via: Via, flow: Flow, transport: TransportPort): Flow {
  if (!flow.reliable || transport.isOpen(flow)) return flow;
  // A browser does not listen: RFC 7118 §5.2.
  if (flow.kind === 'ws' || flow.kind === 'wss') return flow;
  const target: Target = { kind: flow.kind, remote: { ...flow.remote, port: via.port ?? defaultPort(flow) } };
  return transport.flowTo(target) ?? flow;
}
