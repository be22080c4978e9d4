/**
 * SIP over WebSocket for browsers (RFC 7118): an HTTP server that does nothing but upgrade. Who does not ask for the sub-protocol "sip" (§4.1), or comes from
 * a page of an origin that is not allowed (RFC 6455 §10.2), is refused before there is a WebSocket. Pings, limits and idle ends are the transport's.
 *
 * `ws` is loaded only where a port for it is set.
 */
import {
  type AdmitsHandshake,
  boundHandshakes,
  createTlsServerContexts,
  type TlsServerSettings,
  type WebSocketServerLike,
} from '@ringdown/sip/node';

// Imported as a module, all its exports are read: docs/adr/0013.
const { createServer: createPlain } = process.getBuiltinModule('node:http');
type Server = ReturnType<typeof createPlain>;

export interface WebSocketPlace {
  readonly address: string;
  readonly port: number;
  /** Given: wss. */
  readonly tls?: TlsServerSettings;
  /** Origins of pages that may connect; empty: all. Who is no browser names none. */
  readonly origins: readonly string[];
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
  readonly handshakeMs: number;
  /** Default: all. */
  readonly admitsHandshake?: AdmitsHandshake;
}

export interface WebSocketListener {
  readonly server: WebSocketServerLike;
  /** As bound. */
  readonly port: number;
  /** A renewed certificate; connections that stand keep theirs. */
  renew(tls: TlsServerSettings): void;
  close(): void;
}

export async function listenWebSockets(place: WebSocketPlace): Promise<WebSocketListener> {
  const { WebSocketServer } = await import('ws');
  const { http, renew } = createHttp(place);
  http.maxConnections = place.maxConnections;
  if (place.admitsHandshake !== undefined) boundHandshakes(http, place.admitsHandshake, 'upgrade');
  const server = new WebSocketServer({
    server: http,
    maxPayload: place.maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (protocols) => (protocols.has('sip') ? 'sip' : false),
    verifyClient: ({ origin, req }, done) => {
      const { status, text } = verdictOn(req, origin, place.origins);
      done(status === 101, status, text);
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen({ host: place.address, port: place.port, ipv6Only: place.address.includes(':') }, resolve);
  });
  // Accepting may fail for want of file descriptors; the listener goes on.
  http.on('error', () => undefined);
  const bound = http.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : place.port;
  return { server, port, renew, close: () => void http.close() };
}

function createHttp({ tls, handshakeMs }: WebSocketPlace): {
  readonly http: Server;
  renew(tls: TlsServerSettings): void;
} {
  const connectionsCheckingInterval = Math.min(handshakeMs, 1_000);
  const limits = {
    maxHeaderSize: 8_192,
    headersTimeout: handshakeMs,
    requestTimeout: handshakeMs,
    connectionsCheckingInterval,
  };
  if (tls === undefined) return { http: createPlain(limits, upgradeRequired), renew: () => undefined };
  const { createServer } = process.getBuiltinModule('node:https');
  // A browser that is asked for a certificate shows its user a dialog.
  const quiet = (settings: TlsServerSettings): TlsServerSettings => ({ ...settings, asksClients: false });
  const contexts = createTlsServerContexts(quiet(tls));
  const http = createServer({ ...limits, ...contexts.options, handshakeTimeout: handshakeMs }, upgradeRequired);
  return { http, renew: (renewed) => contexts.renew(http, quiet(renewed)) };
}

const upgradeRequired: Parameters<typeof createPlain>[1] = (_request, response) => {
  response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade' }).end();
};

interface UpgradeHead {
  readonly headers: { readonly 'sec-websocket-protocol'?: string | undefined };
}

function verdictOn({ headers }: UpgradeHead, origin: string | undefined, allowed: readonly string[]) {
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim().toLowerCase());
  if (!protocols.includes('sip')) return { status: 400, text: 'Sub-protocol sip expected' };
  const isAllowed = allowed.length === 0 || origin === undefined || allowed.includes(origin.toLowerCase());
  return isAllowed ? { status: 101, text: '' } : { status: 403, text: 'Origin not allowed' };
}
