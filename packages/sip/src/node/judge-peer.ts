/**
 * Whether a certificate that a peer has shown is the one that a policy wants, after the handshake: for who connects to us (RFC 5922 §7.4), and for a
 * connection that is to be used the other way (RFC 5923 §5).
 */
import { X509Certificate } from 'node:crypto';
import { isCertificateFor, splitSubjectAltName } from '../transport/certificate-names.ts';
import type { PeerIdentity } from '../transport/flow.ts';
import type { TlsPolicy } from './tls.ts';

const clientAuth = '1.3.6.1.5.5.7.3.2';

export interface WantedPeer {
  readonly policy: TlsPolicy;
  /** The domain or address that it must be; a pin says more than that. */
  readonly name: string;
  readonly nowUtcMs: number;
}

/** @returns why it is not the wanted peer; undefined: it is */
export function judgePeer(peer: PeerIdentity, { policy, name, nowUtcMs }: WantedPeer): string | undefined {
  const [leaf, ...others] = peer.chain.map((der) => new X509Certificate(der));
  if (leaf === undefined) return 'no certificate was shown';
  if (policy.verify === 'none') return undefined;
  if (policy.verify === 'pin') {
    const isIt = plainHex(leaf.fingerprint256) === plainHex(policy.sha256);
    return isIt ? undefined : `the certificate ${leaf.fingerprint256} is not the pinned one`;
  }
  const { authorities } = policy;
  const isChained = authorities === undefined ? peer.isTrusted : leadsTo({ authorities, leaf, others, nowUtcMs });
  if (!isChained) return 'no authority that counts vouches for its certificate';
  const { subjectAltName } = leaf;
  const names = {
    subjectAltName: subjectAltName === undefined ? undefined : splitSubjectAltName(subjectAltName),
    commonName: /^CN=(.*)$/m.exec(leaf.subject)?.[1],
  };
  if (isCertificateFor(name, names, policy)) return undefined;
  return `its certificate is for ${subjectAltName ?? leaf.subject}, not for ${name}`;
}

interface Path {
  /** PEM. */
  readonly authorities: string;
  readonly leaf: X509Certificate;
  readonly others: readonly X509Certificate[];
  readonly nowUtcMs: number;
}

/**
 * RFC 5280 §6.1 as far as an own authority needs it: signatures, issuers, marks of a CA, times, and a client's use. Leaves out: name constraints, policies,
 * path lengths, revocation.
 */
function leadsTo({ authorities, leaf, others, nowUtcMs }: Path): boolean {
  const anchors = pemBlocks(authorities).map((pem) => new X509Certificate(pem));
  // RFC 5280 §4.2.1.12: where uses are named, that of a client must be among them.
  if (leaf.keyUsage !== undefined && !leaf.keyUsage.includes(clientAuth)) return false;
  let at = leaf;
  for (let depth = 0; depth <= others.length; depth++) {
    if (at.validFromDate.getTime() > nowUtcMs || at.validToDate.getTime() < nowUtcMs) return false;
    const issued = at;
    const isIssuer = (by: X509Certificate): boolean => by.ca && issued.checkIssued(by) && issued.verify(by.publicKey);
    if (anchors.some((anchor) => anchor.fingerprint256 === issued.fingerprint256 || isIssuer(anchor))) return true;
    const issuer = others.find(isIssuer);
    if (issuer === undefined) return false;
    at = issuer;
  }
  return false;
}

function pemBlocks(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
