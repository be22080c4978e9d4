/** Via (RFC 3261 §20.42, RFC 3581 rport, RFC 5118 §4.5 on IPv6 in `received`). */
import { formatHost, type HostPort, skipHost } from './host.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { found, foundNameIs, nextParam, Params } from './params.ts';
import { COLON, isTokenCode, readNumber, SEMICOLON, SLASH, skipSpace, trimEnd } from './text.ts';

export const BRANCH_COOKIE = 'z9hG4bK';

interface ParamsRange {
  readonly source: string;
  readonly paramsStart: number;
  readonly end: number;
  readonly hasRport: boolean;
  readonly hasReceived: boolean;
}

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

  constructor(transport: string, sentBy: HostPort, at: ParamsRange, branch: string | undefined) {
    this.transport = transport;
    this.host = sentBy.host;
    this.port = sentBy.port;
    this.branch = branch;
    this.asksForRport = at.hasRport;
    this.#hasReceived = at.hasReceived;
    this.#source = at.source;
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

/** Where parseVia stopped: what is not at the value's end is a comma. */
let stop = 0;

/** Parses one Via value; undefined: malformed. */
export function parseVia(s: string, start = 0, end: number = s.length): Via | undefined {
  const via = scanVia(s, start, end);
  return via !== undefined && stop === end ? via : undefined;
}

/** Parses the first Via of a row that may hold several, separated by commas. */
export function parseFirstVia(s: string, start: number, end: number): Via | undefined {
  const via = scanVia(s, start, end);
  return via !== undefined && (stop === end || s.charCodeAt(stop) === 0x2c) ? via : undefined;
}

function scanVia(s: string, start: number, end: number): Via | undefined {
  const transportStart = skipProtocol(s, start, end);
  if (transportStart < 0) return undefined;
  let p = transportStart;
  while (p < end && isTokenCode(s.charCodeAt(p))) p++;
  const transportEnd = p;
  const hostStart = skipSpace(s, p, end);
  if (transportEnd === transportStart || hostStart === p) return undefined;
  // Sent-by ends at ";", "," or the end; LWS is allowed around its colon (RFC 3261 §25.1 COLON).
  p = skipHost(s, hostStart, end);
  if (p < 0) return undefined;
  let sentByEnd = p;
  while (sentByEnd < end) {
    const code = s.charCodeAt(sentByEnd);
    if (code === SEMICOLON || code === 0x2c) break;
    sentByEnd++;
  }
  const sentBy = readSentBy(s, hostStart, p, sentByEnd === p ? p : trimEnd(s, p, sentByEnd));
  if (sentBy === undefined) return undefined;
  let branch: string | undefined;
  let hasRport = false;
  let hasReceived = false;
  p = sentByEnd;
  for (let count = 0; p < end && s.charCodeAt(p) === SEMICOLON; count++) {
    p = nextParam(s, p, end);
    if (p < 0 || count >= DEFAULT_LIMITS.paramsPerValue) return undefined;
    if (branch === undefined && foundNameIs(s, 'branch')) {
      if (found.valueStart < 0) return undefined;
      branch = s.slice(found.valueStart, found.valueEnd);
    } else if (foundNameIs(s, 'rport')) hasRport = true;
    else if (foundNameIs(s, 'received')) hasReceived = true;
  }
  stop = p;
  const range = { source: s, paramsStart: sentByEnd, end: p, hasRport, hasReceived };
  return new Via(transportName(s, transportStart, transportEnd), sentBy, range, branch);
}

function readSentBy(s: string, start: number, hostEnd: number, end: number): HostPort | undefined {
  const host = s.slice(start, hostEnd);
  const colon = skipSpace(s, hostEnd, end);
  if (colon === end) return { host, port: undefined };
  if (s.charCodeAt(colon) !== COLON) return undefined;
  const port = readNumber(s, skipSpace(s, colon + 1, end), end, 65_535);
  return port > 0 ? { host, port } : undefined;
}

/** The index of the transport after `SIP / 2.0 /`, or -1. */
function skipProtocol(s: string, start: number, end: number): number {
  if (s.startsWith('SIP/2.0/', start)) return start + 8;
  let p = skipSpace(s, start, end);
  if (
    (s.charCodeAt(p) | 0x20) !== 0x73 ||
    (s.charCodeAt(p + 1) | 0x20) !== 0x69 ||
    (s.charCodeAt(p + 2) | 0x20) !== 0x70
  )
    return -1;
  p = skipSpace(s, p + 3, end);
  if (s.charCodeAt(p) !== SLASH) return -1;
  p = skipSpace(s, p + 1, end);
  const versionStart = p;
  while (p < end && isTokenCode(s.charCodeAt(p))) p++;
  if (p === versionStart) return -1;
  p = skipSpace(s, p, end);
  if (p >= end || s.charCodeAt(p) !== SLASH) return -1;
  return skipSpace(s, p + 1, end);
}

function transportName(s: string, start: number, end: number): string {
  // Nearly every Via says UDP, TCP or TLS: no slice for those.
  if (end - start === 3) {
    const first = s.charCodeAt(start);
    const rest = s.charCodeAt(start + 1) * 256 + s.charCodeAt(start + 2);
    if (first === 0x55 && rest === 0x4450) return 'UDP';
    if (first === 0x54 && rest === 0x4350) return 'TCP';
    if (first === 0x54 && rest === 0x4c53) return 'TLS';
  }
  return s.slice(start, end).toUpperCase();
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
