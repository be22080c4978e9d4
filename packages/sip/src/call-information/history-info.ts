/**
 * History-Info (RFC 7044): the targets that a request has had on its way, one entry each, numbered as a tree (`1.2.1`). The `cause` parameter of an entry's URI
 * (RFC 4458, RFC 8119) says why the call was sent on to it; Reason and Privacy stand as headers of that URI (§5, §10.1).
 *
 * Leaves out: completing a history with gaps (§10.3).
 */
import { formatNameAddr, parseNameAddr } from '../message/name-addr.ts';
import { parseReason, type Reason } from '../message/reason.ts';
import { uriHeaders } from '../message/uri.ts';
import { splitUriHeaders } from '../message/uri-params.ts';

/** How a target was found (RFC 7044 §5): `rc` a contact of the user, `mp` another user or number, `np` nothing but the next hop. */
export type HistoryStep = 'rc' | 'mp' | 'np';

export interface HistoryEntry {
  /** The target with its parameters and without its headers. */
  readonly uri: string;
  readonly displayName?: string | undefined;
  readonly index: string;
  readonly step?: HistoryStep | undefined;
  /** Index of the entry that this one was made of. */
  readonly madeOf?: string | undefined;
  /** Why it was sent on to here (RFC 4458 §2): 302 always, 408 no answer, 486 busy, and so on. */
  readonly cause?: number | undefined;
  /** Why this target was left again. */
  readonly reasons?: readonly Reason[];
  /** Asked not to be shown beyond whoever is trusted (§10.1). */
  readonly isPrivate?: boolean;
}

/** An index has at most so many levels, and each number so many digits. */
const indexForm = /^\d{1,4}(\.\d{1,4}){0,31}$/;
const steps: readonly HistoryStep[] = ['rc', 'mp', 'np'];

/** One value (`message.headers('History-Info')` gives them); undefined: malformed. */
export function parseHistoryEntry(text: string): HistoryEntry | undefined {
  const address = parseNameAddr(text);
  const index = address?.params.get('index');
  if (address === undefined || index === undefined || !indexForm.test(index)) return undefined;
  const { uri, uriText, params, displayName } = address;
  const step = steps.find((name) => params.has(name));
  const question = uriText.indexOf('?');
  const headers =
    uri.kind === 'sip' ? uriHeaders(uri) : splitUriHeaders(question < 0 ? '' : uriText.slice(question + 1));
  const valuesOf = (name: string) => headers.flatMap((one) => (one.name.toLowerCase() === name ? [one.value] : []));
  const cause = uri.kind === 'other' ? undefined : uri.params.get('cause');
  return {
    uri: question < 0 ? uriText : uriText.slice(0, question),
    displayName: displayName === '' ? undefined : displayName,
    index,
    step,
    madeOf: step === undefined ? undefined : params.get(step),
    cause: cause !== undefined && /^\d{3}$/.test(cause) ? Number(cause) : undefined,
    reasons: valuesOf('reason').flatMap((value) => parseReason(value) ?? []),
    isPrivate: valuesOf('privacy').some((value) => /\bhistory\b/i.test(value)),
  };
}

/** The entries in their order, malformed ones left out. */
export function parseHistory(values: readonly string[]): HistoryEntry[] {
  return values.flatMap((value) => parseHistoryEntry(value) ?? []);
}

/** A new entry; what it says of reasons and privacy is left out (an entry that came is passed on as it stands). */
export function formatHistoryEntry({ uri, displayName, index, step, madeOf, cause }: HistoryEntry): string {
  const said = cause === undefined ? uri : withCause(uri, cause);
  const how = step === undefined ? {} : { [step]: madeOf };
  return formatNameAddr({ displayName, uri: said, params: { index, ...how } });
}

function withCause(uri: string, cause: number): string {
  return `${uri.replace(/;cause=[^;?]*/i, '')};cause=${cause}`;
}

export interface SentOn {
  /** Request-URI of the request as it came. */
  readonly received: string;
  /** Where it goes now. */
  readonly target: string;
  readonly step: HistoryStep;
  readonly cause?: number;
  /** Which of several targets of that request it is, from 1. */
  readonly branch?: number;
}

/**
 * The entries that are added where a request that came with `history` is sent on: one for where it came to, unless its last entry says so (§9.1), and one for where
 * it goes (§9.2).
 */
export function addHistory(history: readonly HistoryEntry[], sent: SentOn): HistoryEntry[] {
  const last = history.at(-1);
  const isKnown = last !== undefined && bareUri(last.uri) === bareUri(sent.received);
  const here: HistoryEntry = isKnown
    ? last
    : { uri: sent.received, index: last === undefined ? '1' : `${last.index}.1` };
  const there: HistoryEntry = {
    uri: sent.target,
    index: `${here.index}.${sent.branch ?? 1}`,
    step: sent.step,
    madeOf: here.index,
    ...(sent.cause === undefined ? {} : { cause: sent.cause }),
  };
  return isKnown ? [there] : [here, there];
}

/** Scheme, user and host: what two spellings of one target have in common. */
function bareUri(uri: string): string {
  return uri.replace(/[;?].*$/s, '').toLowerCase();
}

/** The entry as it may be told to somebody who is not trusted: that there was a target, and not which (RFC 7044 §10.1.2). */
export function hideHistoryEntry({ index, step, madeOf, cause }: HistoryEntry): HistoryEntry {
  return { uri: 'sip:anonymous@anonymous.invalid', index, step, madeOf, cause };
}
