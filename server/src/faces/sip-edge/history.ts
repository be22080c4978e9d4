/**
 * Where a call has been (History-Info, RFC 7044; Diversion, RFC 5806), told to the next one: what came in, and what is added where the call is sent on to somebody else
 * than it came for. Each header is made of the other where only one came (RFC 7544). A trunk is told in the header that it is set to read, and not what was asked to be
 * kept from strangers (RFC 7044 §10.1).
 */
import {
  addHistory,
  diversionsOf,
  formatDiversion,
  formatHistoryEntry,
  formatUri,
  type HeaderPair,
  type HistoryEntry,
  hideHistoryEntry,
  historyOf,
  parseDiversion,
  parseHistory,
  parseHistoryEntry,
} from '@ringdown/sip';
import type { Crossing, Party, SentOn } from '#engine/calls';
import type { ToldHistory, Trunks } from '#services/trunks';
import { hostOf } from './addresses.ts';
import { isHistory } from './crossing.ts';
import type { DialCommand, Place } from './dial-command.ts';

export interface HistoryToTell {
  readonly crossing: Crossing;
  readonly sentOn: SentOn | undefined;
  /** Whom it goes to now. */
  readonly to: Party;
  /** Of parties without one. */
  readonly host: string;
  /** What a trunk is told; undefined: it goes to a phone, which is told all. */
  readonly trunk: ToldHistory | undefined;
}

/** What an INVITE of ours says of the call that came in: what crosses, where it has been, and how to ring where the caller does not say. */
export function saidOfCall(
  { tenantId, crossing, sentOn, to, alert, destination }: DialCommand,
  place: Place,
  trunks: Trunks,
): readonly HeaderPair[] {
  const trunk = destination.kind === 'trunk' ? trunks.views.get(tenantId, destination.trunkId) : undefined;
  const told = destination.kind === 'trunk' ? (trunk?.body.history ?? 'both') : undefined;
  const rows = tellHistory({ crossing, sentOn, to, host: place.host ?? hostOf(place.uri), trunk: told });
  if (alert === undefined || rows.some(([name]) => name === 'Alert-Info')) return rows;
  return [['Alert-Info', alert], ...rows];
}

/** The rows of {@link Crossing}, those of the two headers as this peer is to have them. */
export function tellHistory(telling: HistoryToTell): readonly HeaderPair[] {
  const { crossing, sentOn, to, host, trunk } = telling;
  const rows = crossing.headers;
  if (sentOn === undefined && !rows.some(isHistory)) return rows;
  const target = uriOf(to, host);
  const received = sentOn === undefined ? target : uriOf(sentOn.party, host);
  const cameHistory = valuesOf(rows, 'History-Info');
  const cameDiversions = valuesOf(rows, 'Diversion');
  const before = entriesOf(cameHistory, cameDiversions, received);
  const added = sentOn === undefined ? [] : addHistory(before, { received, target, step: 'mp', ...causeOf(sentOn) });
  const isHidden = ({ isPrivate }: HistoryEntry): boolean =>
    trunk !== undefined && (isPrivate === true || crossing.isHistoryPrivate === true);
  const shown = (entry: HistoryEntry): HistoryEntry => (isHidden(entry) ? hideHistoryEntry(entry) : entry);
  const asItCame =
    cameHistory.length === 0 ? before.map((entry) => formatHistoryEntry(shown(entry))) : cameHistory.map(hide);
  const diversions = diversionsOf([...before, ...added].map(shown)).map(formatDiversion);
  const latest = sentOn?.cause === undefined ? [] : diversions.slice(0, 1);
  const told: Record<'History-Info' | 'Diversion', readonly string[]> = {
    'History-Info': [...asItCame, ...added.map((entry) => formatHistoryEntry(shown(entry)))],
    Diversion: cameDiversions.length === 0 ? diversions : [...latest, ...cameDiversions],
  };
  return [
    ...rows.filter((row) => !isHistory(row)),
    ...(trunk === 'off' || trunk === 'diversion' ? [] : rowsOf('History-Info', told['History-Info'])),
    ...(trunk === 'off' || trunk === 'history-info' ? [] : rowsOf('Diversion', told.Diversion)),
  ];

  /** What nobody here can read is as private as the rest. */
  function hide(value: string): string {
    const entry = parseHistoryEntry(value);
    return entry !== undefined && isHidden(entry) ? formatHistoryEntry(hideHistoryEntry(entry)) : value;
  }
}

function entriesOf(history: readonly string[], diversions: readonly string[], received: string): HistoryEntry[] {
  const entries = parseHistory(history);
  return entries.length > 0
    ? entries
    : historyOf(
        diversions.flatMap((value) => parseDiversion(value) ?? []),
        received,
      );
}

function causeOf({ cause }: SentOn): { readonly cause?: number } {
  return cause === undefined ? {} : { cause };
}

function uriOf({ user, host }: Party, otherwise: string): string {
  return formatUri({ user, host: host === '' ? otherwise : host });
}

function valuesOf(rows: Crossing['headers'], header: string): string[] {
  return rows.flatMap(([name, value]) => (name === header ? [value] : []));
}

function rowsOf(name: string, values: readonly string[]): HeaderPair[] {
  return values.map((value) => [name, value]);
}
