/** What the messages of a call say about why it failed: challenges and what came of them, what was sent in vain, codecs, transport failures. */
import { header, type ReadMessage, readMessage, userOf } from './read-message.ts';
import type { TraceEntry, TraceFailure } from './trace-entry.ts';

/** How the far side of an incoming request took our challenge (RFC 3261 §22). */
export interface ChallengeEvidence {
  readonly remote: string;
  /** Its User-Agent; empty where it names none. */
  readonly userAgent: string;
  readonly method: string;
  /** Of the last challenge, in our order of preference: `SHA-256`, `MD5`. */
  readonly algorithms: readonly string[];
  readonly realm: string;
  /**
   * ignored: no request with credentials ever came. outdated: they came once, and not again when the nonce had run out. refused: they came and
   * were challenged anew, though not stale. passed: the rest.
   */
  readonly came: 'ignored' | 'outdated' | 'refused' | 'passed';
  /** User name and realm of the last credentials. */
  readonly username: string;
  readonly usedRealm: string;
}

export interface Evidence {
  readonly challenge: ChallengeEvidence | undefined;
  /** Of sends. */
  readonly failures: readonly SeenFailure[];
  /** What came last and could not be read: a message, or a TLS connection without any. */
  readonly unreadable: SeenFailure | undefined;
  /** The last final refusal of ours, and of a peer; neither challenges nor 487 count. */
  readonly refusedByUs: Refusal | undefined;
  readonly refusedByPeer: Refusal | undefined;
  /** Names in the first description that came, and in the first that came from another side; empty where there was none. */
  readonly offered: readonly string[];
  readonly answered: readonly string[];
  readonly sentInvites: readonly SentInvite[];
  /** How often the answer was sent, or a reliable provisional (RFC 3262), and to whom; where no ACK, or no PRACK, came. */
  readonly unacknowledged: Unacknowledged | undefined;
  readonly receivedInvites: number;
}

export interface Unacknowledged {
  readonly status: number;
  /** What did not come. */
  readonly missing: 'ACK' | 'PRACK';
  readonly remote: string;
  readonly count: number;
  readonly contact: string;
}

export interface SeenFailure extends TraceFailure {
  readonly remote: string;
}

export interface Refusal {
  readonly remote: string;
  readonly status: number;
  readonly reason: string;
  /** Reason and Warning headers (RFC 3326, RFC 3261 §20.43), as they came. */
  readonly more: string;
  readonly userAgent: string;
}

export interface SentInvite {
  readonly remote: string;
  readonly kind: string;
  readonly user: string;
  readonly count: number;
  readonly isAnsweredAtAll: boolean;
}

interface Seen {
  readonly entry: TraceEntry;
  readonly message: ReadMessage;
  readonly remote: string;
}

export function gatherEvidence(entries: readonly TraceEntry[]): Evidence {
  const all = entries.map((entry) => ({ entry, message: readMessage(entry.bytes), remote: remoteText(entry) }));
  const seen = all.filter(({ entry }) => entry.failure === null);
  const withSdp = seen.filter(({ entry, message }) => entry.direction === 'in' && codecsIn(message.body).length > 0);
  const [offer] = withSdp;
  const answer = withSdp.find(({ remote }) => remote !== offer?.remote);
  return {
    challenge: challengeIn(seen),
    failures: failuresOf(all, 'out'),
    unreadable: failuresOf(all, 'in').at(-1),
    refusedByUs: lastRefusal(seen, 'out'),
    refusedByPeer: lastRefusal(seen, 'in'),
    offered: offer === undefined ? [] : codecsIn(offer.message.body),
    answered: answer === undefined ? [] : codecsIn(answer.message.body),
    sentInvites: sentInvites(seen),
    unacknowledged: unacknowledged(seen),
    receivedInvites: seen.filter(({ entry, message }) => entry.direction === 'in' && isRequest(message, 'INVITE'))
      .length,
  };
}

function failuresOf(all: readonly Seen[], direction: 'in' | 'out'): SeenFailure[] {
  return all.flatMap(({ entry: { failure, direction: way }, remote }) => {
    if (failure === null || way !== direction) return [];
    // The transport names the peer too.
    const { code, detail } = failure;
    return [{ remote, code, detail: detail.startsWith(`${remote}: `) ? detail.slice(remote.length + 2) : detail }];
  });
}

function remoteText({ flow: { remote } }: TraceEntry): string {
  return remote.address.includes(':') ? `[${remote.address}]:${remote.port}` : `${remote.address}:${remote.port}`;
}

function isRequest(message: ReadMessage, method: string): boolean {
  return message.status === undefined && message.method === method;
}

const challengeStatuses: readonly (number | undefined)[] = [401, 407];

function challengeIn(seen: readonly Seen[]): ChallengeEvidence | undefined {
  const isOurs = ({ entry, message }: Seen) => entry.direction === 'out' && challengeStatuses.includes(message.status);
  const last = seen.findLast(isOurs);
  if (last === undefined) return undefined;
  const { remote } = last;
  const own = seen.filter((one) => one.remote === remote);
  const isCredentialed = ({ entry, message }: Seen) =>
    entry.direction === 'in' && credentialsOf(message) !== undefined && message.method !== 'ACK';
  const before = own.slice(0, own.indexOf(last)).findLast(isCredentialed);
  const after = own.slice(own.indexOf(last)).some(isCredentialed);
  const offers = challengesOf(last.message);
  const isStale = offers.some((offer) => /\bstale\s*=\s*"?true/i.test(offer));
  const given = credentialsOf((own.findLast(isCredentialed) ?? last).message) ?? '';
  return {
    remote,
    userAgent:
      own
        .map(({ entry, message }) => (entry.direction === 'in' ? header(message, 'user-agent') : undefined))
        .find(Boolean) ?? '',
    method: last.message.method,
    algorithms: offers.map((offer) => parameter(offer, 'algorithm') || 'MD5'),
    realm: parameter(offers[0] ?? '', 'realm'),
    came: after ? 'passed' : before === undefined ? 'ignored' : isStale ? 'outdated' : 'refused',
    username: parameter(given, 'username'),
    usedRealm: parameter(given, 'realm'),
  };
}

function credentialsOf(message: ReadMessage): string | undefined {
  if (message.status !== undefined) return undefined;
  return header(message, 'authorization') ?? header(message, 'proxy-authorization');
}

function challengesOf(message: ReadMessage): readonly string[] {
  return [...(message.headers.get('www-authenticate') ?? []), ...(message.headers.get('proxy-authenticate') ?? [])];
}

function parameter(value: string, name: string): string {
  const found = new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"([^"]*)"|([^\\s,]+))`, 'i').exec(value);
  return found?.[1] ?? found?.[2] ?? '';
}

function lastRefusal(seen: readonly Seen[], direction: 'in' | 'out'): Refusal | undefined {
  const found = seen.findLast(({ entry, message: { status = 0 } }) => {
    return entry.direction === direction && status >= 300 && status !== 487 && !challengeStatuses.includes(status);
  });
  if (found === undefined) return undefined;
  const { message, remote } = found;
  const more = [header(message, 'warning'), header(message, 'reason')].filter((text) => text !== undefined).join('; ');
  const userAgent = header(message, 'user-agent') ?? header(message, 'server') ?? '';
  return { remote, status: message.status ?? 0, reason: message.reason, more, userAgent };
}

const staticNames: Readonly<Record<string, string>> = {
  '0': 'PCMU',
  '3': 'GSM',
  '8': 'PCMA',
  '9': 'G722',
  '18': 'G729',
};

/** Voice codecs by name (RFC 3551 §6 for those without a=rtpmap), in order; without events and comfort noise. */
function codecsIn(body: string): string[] {
  const line = /^m=audio \d+ \S+ ([\d ]+)/m.exec(body)?.[1];
  if (line === undefined) return [];
  const names = line
    .trim()
    .split(/ +/)
    .map((type) => {
      const mapped = new RegExp(`^a=rtpmap:${type} ([^/\\s]+)`, 'm').exec(body)?.[1];
      return mapped ?? staticNames[type] ?? type;
    });
  return names.filter((name) => !/^(?:telephone-event|CN|13)$/i.test(name));
}

function sentInvites(seen: readonly Seen[]): SentInvite[] {
  const sent = new Map<string, SentInvite>();
  for (const { entry, message, remote } of seen) {
    if (entry.direction !== 'out' || !isRequest(message, 'INVITE')) continue;
    const isAnsweredAtAll = seen.some(
      (one) =>
        one.entry.direction === 'in' && one.entry.sipCallId === entry.sipCallId && one.message.status !== undefined,
    );
    const count = (sent.get(remote)?.count ?? 0) + 1;
    sent.set(remote, { remote, kind: entry.flow.kind, user: userOf(message.requestUri), count, isAnsweredAtAll });
  }
  return [...sent.values()];
}

function unacknowledged(seen: readonly Seen[]): Evidence['unacknowledged'] {
  const last = seen.findLast((one) => missingFor(one) !== undefined);
  const missing = last === undefined ? undefined : missingFor(last);
  if (last === undefined || missing === undefined) return undefined;
  const { status = 0 } = last.message;
  const own = seen.filter(({ entry }) => entry.sipCallId === last.entry.sipCallId);
  const answers = own.filter((one) => missingFor(one) === missing && one.message.status === status);
  const [first] = answers;
  const isAcknowledged = own
    .slice(first === undefined ? 0 : own.indexOf(first))
    .some(({ entry, message }) => entry.direction === 'in' && isRequest(message, missing));
  if (isAcknowledged) return undefined;
  return {
    status,
    missing,
    remote: last.remote,
    count: answers.length,
    contact: header(last.message, 'contact') ?? '',
  };
}

/** What a response of ours to an INVITE is acknowledged by. */
function missingFor({ entry, message }: Seen): 'ACK' | 'PRACK' | undefined {
  if (entry.direction !== 'out' || message.method !== 'INVITE') return undefined;
  if (Math.floor((message.status ?? 0) / 100) === 2) return 'ACK';
  return header(message, 'rseq') === undefined ? undefined : 'PRACK';
}
