/** Via (RFC 3261 §20.42, RFC 3581 rport, RFC 5118 §4.5 on IPv6 in `received`). */
import { formatHost, skipHost } from './host.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { octetsOf, readNumber, skipSpace, startsWithSip, trimEnd } from './octets.ts';
import { found, foundNameIs, nextParam, Params } from './params.ts';
import { COLON, COMMA, isTokenCode, SEMICOLON, SLASH } from './text.ts';

export const BRANCH_COOKIE = 'z9hG4bK';

/** Where {@link scanVia} found the parts; they are cut out when the Via is made. */
const seen = {
  /** '' where it must be cut out. */
  transport: '',
  transportStart: 0,
  transportEnd: 0,
  hostStart: 0,
  hostEnd: 0,
  /** 0: none. */
  port: 0,
  paramsStart: 0,
  /** What stands here, where it is not the value's end, is a comma. */
  end: 0,
  /** -1: none. */
  branchStart: -1,
  branchEnd: -1,
  hasRport: false,
  hasReceived: false,
};

export class Via {
  /** Upper case: UDP, TCP, TLS, WS, WSS, SCTP or what the peer wrote. */
  readonly transport: string;
  /** As it stood; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string | undefined;
  /** True: the sender asks for its source port (RFC 3581 §3). */
  readonly asksForRport: boolean;
  readonly #hasReceived: boolean;
  readonly #source: string;
  readonly #paramsStart: number;
  readonly #end: number;
  #params: Params | null = null;

  constructor(source: string, at: Readonly<typeof seen>) {
    this.transport =
      at.transport === '' ? source.slice(at.transportStart, at.transportEnd).toUpperCase() : at.transport;
    this.host = source.slice(at.hostStart, at.hostEnd);
    this.port = at.port === 0 ? undefined : at.port;
    this.branch = at.branchStart < 0 ? undefined : source.slice(at.branchStart, at.branchEnd);
    this.asksForRport = at.hasRport;
    this.#hasReceived = at.hasReceived;
    this.#source = source;
    this.#paramsStart = at.paramsStart;
    this.#end = at.end;
  }

  get params(): Params {
    if (this.#paramsStart === this.#end) return Params.NONE;
    this.#params ??= new Params(this.#source, this.#paramsStart, this.#end);
    return this.#params;
  }

  /** host or host:port, as a key (RFC 3261 §17.2.3); case as it stood. */
  get sentBy(): string {
    return this.port === undefined ? this.host : `${this.host}:${this.port}`;
  }

  /** Begins with the magic cookie and goes on (RFC 3261 §8.1.1.7): transactions are matched by it. */
  get hasRfc3261Branch(): boolean {
    return this.branch !== undefined && this.branch.length > BRANCH_COOKIE.length && startsWithCookie(this.branch);
  }

  /** Without brackets: some peers write IPv6 here with them, some without (RFC 5118 §4.5). */
  get received(): string | undefined {
    if (!this.#hasReceived) return undefined;
    const value = this.params.get('received');
    return value?.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
  }

  /** The source port that the next hop filled in; undefined: none, or not a port. */
  get rport(): number | undefined {
    const value = this.params.get('rport');
    const port = value === undefined || value === '' ? Number.NaN : Number(value);
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
  }

  get maddr(): string | undefined {
    return this.params.get('maddr');
  }
}

function startsWithCookie(branch: string): boolean {
  return branch.startsWith(BRANCH_COOKIE) || branch.slice(0, 7).toLowerCase() === 'z9hg4bk';
}

/** Parses one Via value; undefined: malformed. */
export function parseVia(text: string, start = 0, end: number = text.length): Via | undefined {
  return scanVia(octetsOf(text, start, end), start, end) && seen.end === end ? new Via(text, seen) : undefined;
}

/** Parses the first Via of a row that may hold several, separated by commas. */
export function parseFirstVia(text: string, start: number, end: number): Via | undefined {
  const s = octetsOf(text, start, end);
  return scanVia(s, start, end) && (seen.end === end || s[seen.end] === COMMA) ? new Via(text, seen) : undefined;
}

/** Fills {@link seen}; false: malformed. */
function scanVia(s: Uint8Array, start: number, end: number): boolean {
  const transportStart = skipProtocol(s, start, end);
  if (transportStart < 0) return false;
  let p = transportStart;
  while (p < end && isTokenCode(s[p] as number)) p++;
  const transportEnd = p;
  const hostStart = skipSpace(s, p, end);
  if (transportEnd === transportStart || hostStart === p) return false;
  const hostEnd = skipHost(s, hostStart, end);
  if (hostEnd < 0) return false;
  // Sent-by ends at ";", "," or the end; LWS is allowed around its colon (RFC 3261 §25.1 COLON).
  p = hostEnd;
  while (p < end && s[p] !== SEMICOLON && s[p] !== COMMA) p++;
  seen.port = p === hostEnd ? 0 : readSentByPort(s, hostEnd, trimEnd(s, hostEnd, p));
  if (seen.port < 0) return false;
  seen.transport = knownTransport(s, transportStart, transportEnd);
  seen.transportStart = transportStart;
  seen.transportEnd = transportEnd;
  seen.hostStart = hostStart;
  seen.hostEnd = hostEnd;
  seen.paramsStart = p;
  return scanParams(s, p, end);
}

function scanParams(s: Uint8Array, start: number, end: number): boolean {
  let branchStart = -1;
  let branchEnd = -1;
  let hasRport = false;
  let hasReceived = false;
  let p = start;
  for (let count = 0; p < end && s[p] === SEMICOLON; count++) {
    p = nextParam(s, p, end);
    if (p < 0 || count >= DEFAULT_LIMITS.paramsPerValue) return false;
    if (branchStart < 0 && foundNameIs(s, 'branch')) {
      if (found.valueStart < 0) return false;
      branchStart = found.valueStart;
      branchEnd = found.valueEnd;
    } else if (foundNameIs(s, 'rport')) hasRport = true;
    else if (foundNameIs(s, 'received')) hasReceived = true;
  }
  seen.end = p;
  seen.branchStart = branchStart;
  seen.branchEnd = branchEnd;
  seen.hasRport = hasRport;
  seen.hasReceived = hasReceived;
  return true;
}

/** 0: none; -1: malformed. */
function readSentByPort(s: Uint8Array, hostEnd: number, end: number): number {
  const colon = skipSpace(s, hostEnd, end);
  if (colon === end) return 0;
  if (s[colon] !== COLON) return -1;
  const port = readNumber(s, skipSpace(s, colon + 1, end), end, 65_535);
  return port > 0 ? port : -1;
}

const usualProtocol = new Uint8Array([0x53, 0x49, 0x50, SLASH, 0x32, 0x2e, 0x30, SLASH]);

/** The index of the transport after `SIP / 2.0 /`, or -1. */
function skipProtocol(s: Uint8Array, start: number, end: number): number {
  let p = start;
  while (p < start + usualProtocol.length && s[p] === usualProtocol[p - start]) p++;
  if (p === start + usualProtocol.length) return p <= end ? p : -1;
  p = skipSpace(s, start, end);
  if (!startsWithSip(s, p)) return -1;
  p = skipSpace(s, p + 3, end);
  if (s[p] !== SLASH) return -1;
  p = skipSpace(s, p + 1, end);
  const versionStart = p;
  while (p < end && isTokenCode(s[p] as number)) p++;
  if (p === versionStart) return -1;
  p = skipSpace(s, p, end);
  if (p >= end || s[p] !== SLASH) return -1;
  return skipSpace(s, p + 1, end);
}

/** Nearly every Via says UDP, TCP or TLS: nothing is cut out for those. '' for another. */
function knownTransport(s: Uint8Array, start: number, end: number): string {
  if (end - start !== 3) return '';
  switch (((s[start] as number) << 16) | ((s[start + 1] as number) << 8) | (s[start + 2] as number)) {
    case 0x554450:
      return 'UDP';
    case 0x544350:
      return 'TCP';
    case 0x544c53:
      return 'TLS';
    default:
      return '';
  }
}

/** Text of a Via value. `rport: true` asks for the source port. */
export function formatVia(via: {
  readonly transport: string;
  readonly host: string;
  readonly port?: number | undefined;
  readonly branch: string;
  readonly rport?: boolean;
  /** RFC 5923 §5: the connection may be used for requests the other way. */
  readonly alias?: boolean;
}): string {
  const sentBy = via.port === undefined ? formatHost(via.host) : `${formatHost(via.host)}:${via.port}`;
  return `SIP/2.0/${via.transport.toUpperCase()} ${sentBy};branch=${via.branch}${via.rport === true ? ';rport' : ''}${via.alias === true ? ';alias' : ''}`;
}
