/** Where a message goes: back the way that a flow came, or where a dialog says. */
import { type DialogState, nextHopOf } from '../dialog/dialog.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** The way a flow came: a connection is used again, a UDP peer is answered where it sent from. */
export function targetOf(flow: Flow): Target {
  const { kind, remote, local } = flow;
  if (flow.reliable) return { kind, remote, flowId: flow.id };
  return { kind, remote, local, largeByTcp: false };
}

/**
 * Of a request in a dialog. It keeps to the flow while that lives, unless there is a route set or the Contact is to be followed (RFC 3261 §12.2.1.1).
 * Interop: phones behind NAT name a private Contact that nobody reaches.
 */
export function targetInDialog(
  options: Pick<UserAgentOptions, 'isOpen' | 'nextHop' | 'flowTo'>,
  at: { readonly dialog: DialogState; readonly flow: Flow; readonly followsContact: boolean },
): Target {
  const { dialog, flow } = at;
  const isFarHop = dialog.routes.length > 0 || at.followsContact || !options.isOpen(flow);
  const target = (isFarHop ? options.nextHop?.(nextHopOf(dialog), flow) : undefined) ?? targetOf(flow);
  if (target.local === undefined || options.flowTo(target) !== undefined) return target;
  // The address that we had is gone: by whatever there is now.
  const { local: _gone, ...anyway } = target;
  return anyway;
}
