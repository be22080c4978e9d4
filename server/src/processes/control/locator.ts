/** Finds SIP servers by the name servers of the system, or by those configured (RFC 3263). */
import { Resolver } from 'node:dns';
import { DnsCache, ServerLocator } from '@ringdown/sip';
import { createNodeDnsResolver, createNodeRandom, type SipDriver } from '@ringdown/sip/node';

export function createLocator(driver: SipDriver, dnsServers: readonly string[]): ServerLocator {
  const { clock } = driver;
  const resolver = new Resolver();
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  const cache = new DnsCache(
    createNodeDnsResolver(resolver, (task) => driver.post(task)),
    clock,
  );
  return new ServerLocator({ cache, clock, random: createNodeRandom() });
}
