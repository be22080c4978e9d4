/** @ringdown/sip/node: sockets, DNS, chance, hashes and the driver for Node. */
export { type AdmitsHandshake, boundHandshakes } from './bound-handshakes.ts';
export { createPhone, type NodePhone, type PhoneOptions } from './create-phone.ts';
export { createNodeDnsResolver, type NodeDnsLike } from './dns-resolver.ts';
export { judgePeer, type WantedPeer } from './judge-peer.ts';
export { createAdvertise } from './local-address.ts';
export { nativeBytesToString, nativeStringIntoBytes } from './native-text.ts';
export { createNodeHasher } from './node-hasher.ts';
export { createNodeRandom } from './node-random.ts';
export { type KeepAliveOptions, NodeTransport, type NodeTransportOptions } from './node-transport.ts';
export { createPassportSigner, createPassportVerifier } from './passport-keys.ts';
export {
  type DriverCounts,
  DriverNotConnectedError,
  type DriverReceiver,
  type OutgoingMessage,
  SipDriver,
  type SipDriverOptions,
  type Turn,
} from './sip-driver.ts';
export { createSipStack, type SipStack, type SipStackOptions } from './sip-stack.ts';
export type { StreamListener } from './tcp.ts';
export { type TlsListener, type TlsPolicy, TlsPolicyError } from './tls.ts';
export {
  createTlsServerContexts,
  type TlsIdentity,
  type TlsServerContexts,
  type TlsServerSettings,
} from './tls-server-contexts.ts';
export {
  type Advertise,
  DEFAULT_TRANSPORT_LIMITS,
  type TransportEvents,
  type TransportLimits,
} from './transport-events.ts';
export type { WireTap } from './wire-tap.ts';
export type { UpgradeRequestLike, WebSocketLike, WebSocketServerLike } from './ws.ts';
