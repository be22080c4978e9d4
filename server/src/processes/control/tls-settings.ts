/** What TLS shows and asks: our certificates to who connects, and to a peer that we connect to and that asks (RFC 5922 §7.3, §7.4). */
import type { TlsPolicy, TlsServerSettings } from '@ringdown/sip/node';
import type { ServerCertificates } from '#base/certificates';
import { tlsRuleOf } from '#faces/sip-edge';
import type { Truth } from './truth.ts';

export function tlsSettings({ certPem, keyPem, domains }: ServerCertificates, asksClients: boolean): TlsServerSettings {
  return {
    certificate: certPem,
    key: keyPem,
    domains: domains.map((domain) => ({ certificate: domain.certPem, key: domain.keyPem })),
    asksClients,
  };
}

export function tlsPolicyOf(
  { trunks, certificates }: Pick<Truth, 'trunks' | 'certificates'>,
  name: string | undefined,
): TlsPolicy {
  const { certPem, keyPem } = certificates.current;
  return { ...tlsRuleOf(trunks.views, name), identity: { certificate: certPem, key: keyPem } };
}
