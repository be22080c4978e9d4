/** What a TLS server shows and asks: a certificate per domain by the name that the client asks for (RFC 6066 §3), exchanged while it runs. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls';

/** PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

export interface TlsServerSettings extends TlsIdentity {
  /** Certificates of single domains, shown to who asks for a name that they are for; the one above to all others. */
  readonly domains?: readonly TlsIdentity[];
  /** Authorities for client certificates; given: a client must have one. */
  readonly clientAuthorities?: string;
  /** Whether a client is asked for its certificate, and may have none: `Flow.peer`. Default false. */
  readonly asksClients?: boolean;
}

export interface TlsServerContexts {
  /** For `createServer` of node:tls or node:https. */
  readonly options: TlsOptions;
  /** For connections made from now on. Throws, and all stays as it was, when a certificate cannot be used. */
  renew(server: { setSecureContext(options: TlsOptions): void }, settings: TlsServerSettings): void;
}

interface DomainContext {
  readonly isFor: (name: string) => boolean;
  readonly context: SecureContext;
}

export function createTlsServerContexts(settings: TlsServerSettings): TlsServerContexts {
  let domains = domainContexts(settings);
  return {
    options: {
      ...contextOf(settings),
      SNICallback: (name, done) => done(null, domains.find(({ isFor }) => isFor(name))?.context),
    },
    renew: (server, renewed) => {
      const fresh = domainContexts(renewed);
      server.setSecureContext(contextOf(renewed));
      domains = fresh;
    },
  };
}

function domainContexts(settings: TlsServerSettings): readonly DomainContext[] {
  return (settings.domains ?? []).map((domain) => {
    const certificate = new X509Certificate(domain.certificate);
    const context = createSecureContext(contextOf({ ...settings, ...domain }));
    return { context, isFor: (name) => certificate.checkHost(name) !== undefined };
  });
}

function contextOf({ certificate, key, clientAuthorities, asksClients = false }: TlsServerSettings): TlsOptions {
  const mustHaveOne = clientAuthorities !== undefined;
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    requestCert: mustHaveOne || asksClients,
    rejectUnauthorized: mustHaveOne,
    ...(mustHaveOne ? { ca: clientAuthorities } : {}),
  };
}
