/** The way a flow came: a connection is used again, a UDP peer is answered where it sent from. */
import type { Flow, Target } from '../transport/flow.ts';

export function targetOf(flow: Flow): Target {
  const { kind, remote, local } = flow;
  if (flow.reliable) return { kind, remote, flowId: flow.id };
  return { kind, remote, local, largeByTcp: false };
}
