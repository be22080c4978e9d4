/**
 * SIP over TLS 1.2 and 1.3 (RFC 3261 §26.2, RFC 5922). Outgoing connections verify the chain and that the certificate is for the domain
 * asked for; a policy per target may name another authority, or the one certificate that is expected. Incoming ones are shown the certificate of the domain
 * that they ask for (RFC 6066 §3), and may be asked for theirs.
 *
 * Leaves out: revocation (RFC 5922 §8), which no trunk or phone answers for.
 */
import { X509Certificate } from 'node:crypto';
import { connect, createServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import { isCertificateFor, splitSubjectAltName } from '../transport/certificate-names.ts';
import type { PeerIdentity, Target } from '../transport/flow.ts';
import { type AdmitsHandshake, boundHandshakes } from './bound-handshakes.ts';
import { KEEP_ALIVE, type ListenOptions, listenOn, type StreamListener } from './tcp.ts';
import { createTlsServerContexts, type TlsIdentity, type TlsServerSettings } from './tls-server-contexts.ts';

/** How the far end of an outgoing connection is verified. */
export type TlsPolicy =
  /** Chain and name; `authorities` (PEM) instead of the system's. */
  | {
      readonly verify: 'chain';
      readonly authorities?: string;
      /** Deviation: a wildcard in the certificate counts, against RFC 5922 §7.2. */
      readonly wildcards?: boolean;
      readonly identity?: TlsIdentity;
    }
  /** The certificate has this SHA-256 fingerprint (hex, colons allowed); chain and name do not count. */
  | { readonly verify: 'pin'; readonly sha256: string; readonly identity?: TlsIdentity }
  /** Deviation: nothing is verified. For a laboratory. */
  | { readonly verify: 'none'; readonly identity?: TlsIdentity };

export interface TlsListener extends StreamListener {
  readonly kind: 'tls';
  /** A renewed certificate; connections that stand keep theirs. */
  renew(settings: TlsServerSettings): void;
}

export interface TlsListenOptions extends ListenOptions {
  readonly settings: TlsServerSettings;
  readonly handshakeMs: number;
  readonly admitsHandshake: AdmitsHandshake;
  readonly onHandshakeFailed: (error: Error, socket: TLSSocket) => void;
}

export async function listenTls(options: TlsListenOptions): Promise<TlsListener> {
  const contexts = createTlsServerContexts(options.settings);
  const server = createServer({ ...contexts.options, ...KEEP_ALIVE, handshakeTimeout: options.handshakeMs });
  boundHandshakes(server, options.admitsHandshake);
  // A failed handshake destroys its own socket.
  server.on('tlsClientError', options.onHandshakeFailed);
  const listener = await listenOn(server, 'tls', options);
  return { ...listener, kind: 'tls', renew: (renewed) => contexts.renew(server, renewed) };
}

/** What the far end of a connection has shown; undefined: nothing. */
export function peerOf(socket: TLSSocket): PeerIdentity | undefined {
  const leaf = socket.getPeerCertificate(true);
  if (leaf.raw === undefined) return undefined;
  const chain: Uint8Array[] = [];
  // The last one is its own issuer.
  for (
    let at: typeof leaf | undefined = leaf;
    at !== undefined && chain.length < longestChain;
    at = at.issuerCertificate
  ) {
    if (at.raw === undefined || (chain.length > 0 && at.issuerCertificate === at && chain.includes(at.raw))) break;
    chain.push(at.raw);
    if (at.issuerCertificate === at) break;
  }
  return { chain, isTrusted: socket.authorized };
}

const longestChain = 8;

/** The error of a socket whose certificate is not what the policy asks for. */
export class TlsPolicyError extends Error {
  readonly code = 'tls_policy';
  constructor(detail: string) {
    super(detail);
    this.name = 'TlsPolicyError';
  }
}

/** 'secureConnect' on the returned socket says that the policy is satisfied; otherwise it ends with an error. */
export function connectTls(target: Target, policy: TlsPolicy, localAddress: string | undefined): TLSSocket {
  const { address, port } = target.remote;
  const serverName = target.serverName ?? '';
  const { identity } = policy;
  const socket = connect({
    host: address,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
    minVersion: 'TLSv1.2',
    // RFC 6066 §3: a name, never an address.
    servername: isName(serverName) ? serverName : '',
    rejectUnauthorized: policy.verify === 'chain',
    checkServerIdentity: (_host, certificate) =>
      policy.verify === 'chain'
        ? checkSipIdentity(serverName === '' ? address : serverName, certificate, policy)
        : undefined,
    ...(policy.verify === 'chain' && policy.authorities !== undefined ? { ca: policy.authorities } : {}),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
  });
  if (policy.verify === 'pin') {
    socket.prependOnceListener('secureConnect', () => {
      const { raw } = socket.getPeerCertificate();
      const found = raw === undefined ? '' : new X509Certificate(raw).fingerprint256;
      if (plainHex(found) !== plainHex(policy.sha256))
        socket.destroy(new TlsPolicyError(`certificate ${found} is not the pinned ${policy.sha256}`));
    });
  }
  return socket;
}

/** RFC 5922 §7.3: the certificate is for the domain that the request is for. */
function checkSipIdentity(
  domain: string,
  { subjectaltname, subject }: PeerCertificate,
  match: { readonly wildcards?: boolean },
): Error | undefined {
  const commonName = [subject?.CN].flat()[0];
  const subjectAltName = subjectaltname === undefined ? undefined : splitSubjectAltName(subjectaltname);
  if (isCertificateFor(domain, { subjectAltName, commonName }, match)) return undefined;
  return new TlsPolicyError(
    `the certificate is not for ${domain}, but for ${subjectaltname ?? commonName ?? 'nobody'}`,
  );
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

function isName(domain: string): boolean {
  return domain !== '' && !domain.includes(':') && !/^[0-9.]+$/.test(domain);
}
