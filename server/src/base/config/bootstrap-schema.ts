/**
 * Bootstrap configuration: what a process must know before it can open its storage. Nothing of a tenant stands here, and
 * nothing here can be changed by a tenant. Every value has a default: with no file at all, Ringdown starts.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

const port = z.int().min(0).max(65_535);
const listenPort = port.describe('0 switches it off');
const ipAddress = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address');
const network = z.string().refine(isNetwork, 'must be a network such as 192.168.0.0/16');
const domainName = z
  .string()
  .max(253)
  .regex(
    /^(?=.)([a-z0-9]([a-z0-9-]*[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'must be a domain name in lower case',
  );

const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
];

const sip = z.strictObject({
  listen: z.array(ipAddress).min(1).default(['0.0.0.0']).describe('addresses to listen on'),
  udpPort: listenPort.default(5060),
  tcpPort: listenPort.default(5060),
  tlsPort: listenPort.default(5061),
  wsPort: listenPort.default(0).describe('SIP over WebSocket, for a reverse proxy that ends TLS; 0 switches it off'),
  wssPort: listenPort.default(0).describe('SIP over WebSocket over TLS, for browsers; 0 switches it off'),
  wsOrigins: z
    .array(z.string().regex(/^https?:\/\/[a-z0-9.:[\]-]+$/, 'must be an origin such as https://phone.example.com'))
    .default([])
    .describe('pages that may connect by WebSocket, by their origin; none: all'),
  tlsAskClients: z
    .boolean()
    .default(false)
    .describe(
      'ask who connects by TLS for a certificate, for trunks that must have one; some phones give up when asked',
    ),
  advertisedAddress: ipAddress.optional().describe('what the world outside the local networks reaches us by (1:1 NAT)'),
  localNetworks: z.array(network).default(privateNetworks).describe('reach us by the address of the interface itself'),
  domains: z.array(domainName).default([]).describe('first start makes the first tenant with the first of these'),
  dnsServers: z
    .array(z.string().regex(/^[0-9a-fA-F.:[\]]+$/, 'must be an IP address, with a port where it is not 53'))
    .default([])
    .describe('name servers for trunks, `192.0.2.1` or `192.0.2.1:5353`; none: those of the system'),
  dscp: z.int().min(0).max(63).default(40).describe('mark of signalling packets: CS5 (RFC 4594)'),
  io: z
    .enum(['auto', 'dgram'])
    .default('auto')
    .describe(
      'how datagrams are sent and received: by system calls through node:ffi where they work, or by Node alone',
    ),
  gatherMs: z
    .number()
    .min(0)
    .max(5)
    .default(2)
    .describe('under load messages are taken up at most so often, all that have come at once; 0: each at once'),
  serviceRoute: z
    .array(
      z.string().regex(/^<sips?:[^<>\s]+;lr(?:;[^<>\s]*)?>$/, 'must be a route such as <sip:proxy.example.com;lr>'),
    )
    .default([])
    .describe(
      'routes that phones put before their requests (Service-Route, RFC 3608), the nearest first; none: as they like',
    ),
  challenge: z
    .enum(['md5', 'sha256', 'both'])
    .default('md5')
    .describe('digest challenges of users made at first start'),
});

const limits = z.strictObject({
  overload: z.boolean().default(true).describe('turn new requests away with 503 when more comes than can be done'),
  retryAfterSec: z.int().min(1).max(3600).default(5).describe('least of Retry-After then; up to twice that is said'),
  emergencyNumbers: z
    .array(z.string().regex(/^[0-9*#+]{1,16}$/, 'must be a number as it is dialled'))
    .default(['112', '911', '999', '110', '000'])
    .describe('calls to these are never turned away'),
  messagesPerSecond: z
    .int()
    .min(0)
    .max(10_000_000)
    .default(50_000)
    .describe('SIP messages that one address may send; 0: no limit'),
  textMessagesPerMinute: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(120)
    .describe('instant messages (MESSAGE) that one user or trunk may send; 0: no limit'),
  connections: z.int().min(1).max(1_000_000).default(16_000).describe('stream connections and WebSockets in all'),
  connectionsPerAddress: z.int().min(1).max(1_000_000).default(1_000).describe('of them from one address'),
  handshakesPerAddress: z.int().min(1).max(100_000).default(200).describe('TLS handshakes that are not finished'),
  idleSec: z
    .int()
    .min(0)
    .max(86_400)
    .default(600)
    .describe('a connection to us by which nothing came for so long is closed; 0: never'),
});

const registrar = z
  .strictObject({
    minExpiresSec: z.int().min(10).max(3600).default(60),
    maxExpiresSec: z.int().min(60).max(604_800).default(3600),
    defaultExpiresSec: z.int().min(60).max(604_800).default(3600),
    natUdpExpiresSec: z
      .int()
      .min(0)
      .max(3600)
      .default(120)
      .describe('most that a phone behind NAT gets over UDP; 0: no such bound'),
    maxContacts: z.int().min(1).max(100).default(10).describe('per address of record'),
  })
  .refine((value) => value.minExpiresSec <= value.maxExpiresSec, {
    path: ['minExpiresSec'],
    message: 'must not be above registrar.maxExpiresSec',
  });

const presence = z.strictObject({
  perUser: z.int().min(0).max(100_000).default(500).describe('subscriptions that one user may have'),
  perTenant: z.int().min(0).max(1_000_000).default(20_000).describe('of all its users'),
});

const push = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'must be a URL such as https://push.example.com/wake')
    .optional()
    .describe('posted to when a phone that sleeps is called (RFC 8599); without it nobody is woken'),
  providers: z
    .array(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be a name as in pn-provider'))
    .default(['apns', 'fcm', 'webpush'])
    .describe('push services that the URL knows'),
  waitSec: z.int().min(1).max(60).default(10).describe('how long a call waits for the phone to register again'),
});

const media = z
  .strictObject({
    portMin: z.int().min(1024).max(65_534).default(20_000),
    portMax: z.int().min(1025).max(65_535).default(29_999),
    advertisedAddress: ipAddress.optional().describe('for SDP; without it the one of sip'),
    processes: z.int().min(1).max(64).default(1),
    timeoutSec: z
      .int()
      .min(2)
      .max(86_400)
      .default(60)
      .describe('a call from which nothing is heard for so long is ended'),
    io: z
      .enum(['auto', 'io_uring', 'epoll', 'dgram'])
      .default('auto')
      .describe('how packets are sent; auto: the first that works here'),
    gatherMs: z
      .number()
      .min(0)
      .max(5)
      .default(1)
      .describe('under load packets are taken up at most so often; 0: each at once'),
    dscpAudio: z.int().min(0).max(63).default(46).describe('EF (RFC 4594)'),
    dscpVideo: z.int().min(0).max(63).default(34).describe('AF41 (RFC 4594)'),
  })
  .refine((value) => value.portMin < value.portMax, { path: ['portMin'], message: 'must be below media.portMax' });

export const bootstrapSchema = z.strictObject({
  dataFolder: z.string().min(1).default('./data'),
  sip: sip.prefault({}),
  limits: limits.prefault({}),
  registrar: registrar.prefault({}),
  presence: presence.prefault({}),
  push: push.prefault({}),
  media: media.prefault({}),
  http: z
    .strictObject({
      address: ipAddress.default('127.0.0.1'),
      port: listenPort.default(8080).describe('health and metrics; 0 switches it off'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
      traceMessages: z.boolean().default(true).describe('keep the SIP messages of calls for `ringdown trace`'),
      traceDiskMb: z.int().min(0).max(1_000_000).default(256).describe('most that they take on disk; 0: memory only'),
      hepAddress: ipAddress.optional().describe('a HEP3 collector (Homer) that is sent each of them, secrets masked'),
      hepPort: port.default(9060),
    })
    .prefault({}),
  shutdown: z
    .strictObject({
      drainSec: z.int().min(0).max(86_400).default(30).describe('how long SIGTERM waits for calls to end'),
    })
    .prefault({}),
});

export type BootstrapConfig = z.output<typeof bootstrapSchema>;

function isNetwork(text: string): boolean {
  const [address = '', bits, rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || bits === undefined || rest !== undefined || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= (family === 4 ? 32 : 128);
}
