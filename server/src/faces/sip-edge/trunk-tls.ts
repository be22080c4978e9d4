/**
 * How the peer of a trunk is verified over TLS (RFC 5922): where we connect, by the name of its rule on the target, which the transport gives back; where it
 * connects, by the certificate that it has shown (§7.4), if the trunk wants one.
 */
import type { Flow } from '@ringdown/sip';
import { judgePeer } from '@ringdown/sip/node';
import type { TrunkRecord, TrunkTls, TrunkViews } from '#services/trunks';

type Rule =
  | { readonly verify: 'chain'; readonly authorities?: string; readonly wildcards?: boolean }
  | { readonly verify: 'pin'; readonly sha256: string };

/** Another version of the trunk may have another rule, and then needs a connection of its own. */
export function tlsPolicyName({ tenant, id, version }: TrunkRecord): string {
  return `${tenant} ${id} ${version}`;
}

/** Chain and name by the system's authorities, unless the trunk that the name is of says otherwise. */
export function tlsRuleOf(views: Pick<TrunkViews, 'get'>, name: string | undefined): Rule {
  const [tenant, id] = (name ?? '').split(' ') as [TrunkRecord['tenant'], Parameters<TrunkViews['get']>[1]];
  return ruleOf(name === undefined ? undefined : views.get(tenant, id)?.body.tls);
}

function ruleOf(tls: TrunkTls | undefined): Rule {
  if (tls?.verify === 'pin') return { verify: 'pin', sha256: tls.sha256 };
  const wildcards = tls?.wildcards === true;
  return tls?.verify === 'ca' ? { verify: 'chain', authorities: tls.caPem, wildcards } : { verify: 'chain', wildcards };
}

/** Why a request on this flow cannot be the trunk's; undefined: it can. */
export function mutualFault(trunk: TrunkRecord, flow: Flow, nowUtcMs: number): string | undefined {
  if (trunk.body.tls.mutual !== true) return undefined;
  if (flow.peer !== undefined)
    return judgePeer(flow.peer, { policy: ruleOf(trunk.body.tls), name: trunk.body.host, nowUtcMs });
  return flow.kind === 'tls' ? 'no certificate was shown; is sip.tlsAskClients on?' : 'it did not come over TLS';
}
