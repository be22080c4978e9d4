/** Finds SIP servers by the name servers of the system, or by those configured (RFC 3263). */
import { Resolver } from 'node:dns';
import { DnsCache, ServerLocator } from '@ringdown/sip';
import { createNodeDnsResolver, createNodeRandom, type SipDriver } from '@ringdown/sip/node';
import type { BootstrapConfig } from '#base/config';

export function createLocator(
  driver: SipDriver,
  { dnsServers, listen }: Pick<BootstrapConfig['sip'], 'dnsServers' | 'listen'>,
): ServerLocator {
  const { clock } = driver;
  const resolver = new Resolver();
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  const cache = new DnsCache(
    createNodeDnsResolver(resolver, (task) => driver.post(task)),
    clock,
  );
  return new ServerLocator({ cache, clock, random: createNodeRandom(), families: familiesOf(listen) });
}

/** RFC 7984 §4.2, RFC 6724: IPv6 before IPv4, of those that we have sockets of. */
function familiesOf(listen: readonly string[]): readonly (4 | 6)[] {
  return ([6, 4] as const).filter((family) => listen.some((address) => address.includes(':') === (family === 6)));
}
