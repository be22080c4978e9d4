/** Diversion and History-Info say the same about calls that were sent on; each made of the other (RFC 7544). */
import type { Diversion } from './diversion.ts';
import type { HistoryEntry } from './history-info.ts';

/** RFC 4458 §2's causes and the reasons of RFC 5806 §4.1. */
const reasonOfCause: Readonly<Record<number, string>> = {
  302: 'unconditional',
  404: 'unknown',
  408: 'no-answer',
  480: 'deflection',
  486: 'user-busy',
  487: 'deflection',
  503: 'unavailable',
};

const causeOfReason: Readonly<Record<string, number>> = {
  unconditional: 302,
  'user-busy': 486,
  'no-answer': 408,
  deflection: 487,
  unavailable: 503,
};

/** Every reason that has no cause of its own. */
const unknownCause = 404;

/** The diversions that a history tells of, the last one first; a target that was found without a cause was no diversion. */
export function diversionsOf(history: readonly HistoryEntry[]): Diversion[] {
  const diversions: Diversion[] = [];
  for (const [at, { cause, madeOf }] of history.entries()) {
    const reason = cause === undefined ? undefined : reasonOfCause[cause];
    const by = history.find(({ index }) => index === madeOf) ?? history[at - 1];
    if (reason === undefined || by === undefined) continue;
    const { uri, displayName, isPrivate = false } = by;
    diversions.unshift({ uri: withoutCause(uri), displayName, reason, counter: 1, isPrivate });
  }
  return diversions;
}

/** The history that diversions tell of (the last one first, as they stand in a request), up to where the request came to. */
export function historyOf(diversions: readonly Diversion[], received: string): HistoryEntry[] {
  const history: HistoryEntry[] = [];
  let cause: number | undefined;
  let madeOf: string | undefined;
  for (const { uri, displayName, isPrivate, reason } of [...diversions].reverse()) {
    history.push(entryOf({ uri, displayName, isPrivate }, madeOf, cause));
    cause = causeOfReason[reason] ?? unknownCause;
    madeOf = history.at(-1)?.index;
  }
  if (madeOf !== undefined) history.push(entryOf({ uri: received }, madeOf, cause));
  return history;
}

function entryOf(
  who: Pick<HistoryEntry, 'uri' | 'displayName' | 'isPrivate'>,
  madeOf: string | undefined,
  cause: number | undefined,
): HistoryEntry {
  return madeOf === undefined ? { ...who, index: '1' } : { ...who, index: `${madeOf}.1`, step: 'mp', madeOf, cause };
}

function withoutCause(uri: string): string {
  return uri.replace(/;cause=[^;?]*/i, '');
}
