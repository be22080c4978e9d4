/**
 * SIP over TLS 1.2 and 1.3 (RFC 3261 §26.2, RFC 5922). Outgoing connections verify the chain and that the certificate is for the domain
 * asked for; a policy per target may name another authority, or the one certificate that is expected.
 *
 * Deviation: RFC 5922 §7.1 prefers a `sip:` URI in subjectAltName; a DNS name or address there is what real certificates have. Both count.
 */
import { createHash } from 'node:crypto';
import {
  checkServerIdentity,
  connect,
  createServer,
  type PeerCertificate,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import type { Target } from '../transport/flow.ts';
import { type ListenOptions, listenOn, type StreamListener } from './tcp.ts';

/** PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

export interface TlsServerSettings extends TlsIdentity {
  /** Authorities for client certificates; given: a client must have one. */
  readonly clientAuthorities?: string;
}

/** How the far end of an outgoing connection is verified. */
export type TlsPolicy =
  /** Chain and name; `authorities` (PEM) instead of the system's. */
  | { readonly verify: 'chain'; readonly authorities?: string; readonly identity?: TlsIdentity }
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
  readonly onHandshakeFailed: (error: Error, socket: TLSSocket) => void;
}

export async function listenTls(options: TlsListenOptions): Promise<TlsListener> {
  const server = createServer({ ...contextOf(options.settings), handshakeTimeout: options.handshakeMs });
  // A failed handshake destroys its own socket.
  server.on('tlsClientError', options.onHandshakeFailed);
  const listener = await listenOn(server, 'tls', options);
  return { ...listener, kind: 'tls', renew: (renewed) => server.setSecureContext(contextOf(renewed)) };
}

function contextOf(settings: TlsServerSettings): TlsOptions {
  const wantsClient = settings.clientAuthorities !== undefined;
  return {
    cert: settings.certificate,
    key: settings.key,
    minVersion: 'TLSv1.2',
    requestCert: wantsClient,
    rejectUnauthorized: wantsClient,
    ...(wantsClient ? { ca: settings.clientAuthorities } : {}),
  };
}

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
      policy.verify === 'chain' ? checkSipIdentity(serverName === '' ? address : serverName, certificate) : undefined,
    ...(policy.verify === 'chain' && policy.authorities !== undefined ? { ca: policy.authorities } : {}),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
  });
  if (policy.verify === 'pin') {
    socket.prependOnceListener('secureConnect', () => {
      const found = fingerprint(socket.getPeerCertificate());
      const wanted = policy.sha256.replaceAll(':', '').toLowerCase();
      if (found !== wanted) socket.destroy(new TlsPolicyError(`certificate ${found} is not the pinned ${wanted}`));
    });
  }
  return socket;
}

/** RFC 5922 §7.2: a `sip:` URI of the domain without user, else a DNS name or an address as in HTTPS. */
function checkSipIdentity(domain: string, certificate: PeerCertificate): Error | undefined {
  const names = certificate.subjectaltname ?? '';
  for (const entry of names.split(', ')) {
    if (entry.toLowerCase() === `uri:sip:${domain.toLowerCase()}`) return undefined;
  }
  return checkServerIdentity(domain, certificate);
}

function isName(domain: string): boolean {
  return domain !== '' && !domain.includes(':') && !/^[0-9.]+$/.test(domain);
}

function fingerprint(certificate: PeerCertificate): string {
  return certificate.raw === undefined ? '' : createHash('sha256').update(certificate.raw).digest('hex');
}
