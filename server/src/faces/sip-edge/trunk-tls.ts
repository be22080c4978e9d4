/** How the peer of a trunk is verified over TLS (RFC 5922): by the name of its rule on the target, which the transport gives back when it connects. */
import type { TrunkRecord, TrunkTls, TrunkViews } from '#services/trunks';

type Rule =
  | { readonly verify: 'chain'; readonly authorities?: string }
  | { readonly verify: 'pin'; readonly sha256: string };

/** Another version of the trunk may have another rule, and then needs a connection of its own. */
export function tlsPolicyName({ tenant, id, version }: TrunkRecord): string {
  return `${tenant} ${id} ${version}`;
}

/** Chain and name by the system's authorities, unless the trunk that the name is of says otherwise. */
export function tlsRuleOf(views: Pick<TrunkViews, 'get'>, name: string | undefined): Rule {
  const [tenant, id] = (name ?? '').split(' ') as [TrunkRecord['tenant'], Parameters<TrunkViews['get']>[1]];
  const tls: TrunkTls | undefined = name === undefined ? undefined : views.get(tenant, id)?.body.tls;
  if (tls?.verify === 'pin') return { verify: 'pin', sha256: tls.sha256 };
  return tls?.verify === 'ca' ? { verify: 'chain', authorities: tls.caPem } : { verify: 'chain' };
}
