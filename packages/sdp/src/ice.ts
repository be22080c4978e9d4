/**
 * Attributes of ICE (RFC 8839 §5): user name and password, candidates (TCP ones too: RFC 6544 §4.5), options, pacing. Reading and writing only: the agent that checks
 * candidates is elsewhere.
 */
import { attribute, attributes } from './attributes.ts';
import { connectionAddress, isNowhere } from './connection.ts';
import { fields, wholeNumber } from './fields.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

export interface IceParameters {
  readonly ufrag: string;
  readonly password: string;
  readonly isLite: boolean;
  /** Raw a=candidate values; `iceCandidates` reads them. */
  readonly candidates: readonly string[];
}

/** Null where the m-line does not speak ICE. */
export function iceParameters(sdp: SessionDescription, media: MediaDescription): IceParameters | null {
  const ufrag = attribute(media.lines, 'ice-ufrag') ?? attribute(sdp.lines, 'ice-ufrag');
  const password = attribute(media.lines, 'ice-pwd') ?? attribute(sdp.lines, 'ice-pwd');
  if (ufrag === undefined || password === undefined) return null;
  const isLite = attribute(sdp.lines, 'ice-lite') !== undefined;
  return { ufrag, password, isLite, candidates: attributes(media.lines, 'candidate') };
}

export interface IceCandidate {
  readonly foundation: string;
  /** 1 RTP, 2 RTCP. */
  readonly component: number;
  /** udp, tcp; lower case. */
  readonly transport: string;
  readonly priority: number;
  /** Numeric, or a name (mDNS). */
  readonly address: string;
  readonly port: number;
  /** host, srflx, prflx, relay, or what is yet to come. */
  readonly type: string;
  readonly relatedAddress: string | null;
  readonly relatedPort: number | null;
  /** Names and values behind, in their order: tcptype, generation, ufrag … */
  readonly extensions: readonly (readonly [name: string, value: string])[];
}

/** Candidates of an m-line in their order; a malformed one is left out (RFC 8839 §5.1). */
export function iceCandidates(media: MediaDescription): IceCandidate[] {
  return attributes(media.lines, 'candidate').flatMap((value) => readCandidate(value) ?? []);
}

/** <foundation> <component> <transport> <priority> <address> <port> typ <type> [raddr <address>] [rport <port>] [<name> <value>]… */
export function readCandidate(value: string): IceCandidate | null {
  const [foundation, component, transport, priority, address, port, typ, type, ...rest] = fields(value);
  const numbers = [wholeNumber(component, 256), wholeNumber(priority, 2 ** 31 - 1), wholeNumber(port, 65535)] as const;
  const [componentId, rank, portNumber] = numbers;
  if (foundation === undefined || !/^[A-Za-z0-9+/]{1,32}$/.test(foundation)) return null;
  if (!componentId || !rank || portNumber === null || transport === undefined || address === undefined) return null;
  if (typ !== 'typ' || type === undefined || rest.length % 2 !== 0) return null;
  const pairs: [string, string][] = [];
  for (let at = 0; at < rest.length; at += 2) pairs.push([rest[at] ?? '', rest[at + 1] ?? '']);
  const related = pairs.find(([name]) => name === 'raddr')?.[1] ?? null;
  const relatedPort = pairs.find(([name]) => name === 'rport')?.[1];
  if (relatedPort !== undefined && wholeNumber(relatedPort, 65535) === null) return null;
  return {
    foundation,
    component: componentId,
    transport: transport.toLowerCase(),
    priority: rank,
    address,
    port: portNumber,
    type,
    relatedAddress: related,
    relatedPort: relatedPort === undefined ? null : Number(relatedPort),
    extensions: pairs.filter(([name]) => name !== 'raddr' && name !== 'rport'),
  };
}

/** The value of an a=candidate line. */
export function formatCandidate(candidate: IceCandidate): string {
  const { foundation, component, transport, priority, address, port, type } = candidate;
  const { relatedAddress, relatedPort, extensions } = candidate;
  const head = [foundation, component, transport.toUpperCase(), priority, address, port, 'typ', type];
  const related = [
    ...(relatedAddress === null ? [] : ['raddr', relatedAddress]),
    ...(relatedPort === null ? [] : ['rport', relatedPort]),
  ];
  return [...head, ...related, ...extensions.flat()].join(' ');
}

/** a=ice-ufrag (4 to 256) and a=ice-pwd (22 to 256 ice-chars), RFC 8839 §5.4. */
export function isIceUfrag(value: string): boolean {
  return /^[A-Za-z0-9+/]{4,256}$/.test(value);
}

export function isIcePassword(value: string): boolean {
  return /^[A-Za-z0-9+/]{22,256}$/.test(value);
}

/** a=ice-options: trickle, ice2 … of the m-line and of the session (RFC 8839 §5.6). */
export function iceOptions(sdp: SessionDescription, media: MediaDescription): string[] {
  return [
    ...new Set([...attributes(media.lines, 'ice-options'), ...attributes(sdp.lines, 'ice-options')].flatMap(fields)),
  ];
}

/** a=ice-pacing in ms between checks; 50 where it is not said (RFC 8839 §5.5, RFC 8445 §14.2). */
export function icePacingMs(sdp: SessionDescription): number {
  return wholeNumber(attribute(sdp.lines, 'ice-pacing'), 9_999_999_999) ?? 50;
}

export interface RemoteCandidate {
  readonly component: number;
  readonly address: string;
  readonly port: number;
}

/** a=remote-candidates (RFC 8839 §5.2); null where malformed. */
export function readRemoteCandidates(value: string): RemoteCandidate[] | null {
  const parts = fields(value);
  if (parts.length === 0 || parts.length % 3 !== 0) return null;
  const found: RemoteCandidate[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    const component = wholeNumber(parts[at], 256);
    const port = wholeNumber(parts[at + 2], 65535);
    if (!component || port === null) return null;
    found.push({ component, address: parts[at + 1] ?? '', port });
  }
  return found;
}

/** RFC 8839 §4.4.1.1.1: a restart says another user name and another password. */
export function isIceRestart(before: IceParameters, after: IceParameters): boolean {
  return before.ufrag !== after.ufrag && before.password !== after.password;
}

/**
 * RFC 8839 §4.2.5, §5.3: the default destination must be one of the candidates, else something between the two rewrote c= and m=: then no ICE, and the answer
 * says a=ice-mismatch. Not where nothing could be rewritten: a trickled offer with the discard port or an address of zeros (RFC 8840 §4.1.1), or names.
 */
export function hasIceMismatch(sdp: SessionDescription, media: MediaDescription): boolean {
  if (iceParameters(sdp, media) === null || media.port === 0) return false;
  const address = connectionAddress(sdp, media);
  const candidates = iceCandidates(media).filter(({ component }) => component === 1);
  if (isNowhere(address) || media.port === 9 || candidates.some((one) => one.address.endsWith('.local'))) return false;
  return !candidates.some((one) => one.address === address && one.port === media.port);
}
