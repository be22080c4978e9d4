/**
 * Finds a call on disk by call id, Call-ID or extension: first which dialogs are meant, then their entries. Goes through the files piece by piece, so
 * that the thread is never held; slow on a large trace, and only done when somebody asks.
 */
import type { CallId } from '#base/ids';
import { mayOpen, openingOf } from './opening.ts';
import { mergeLegs, type TracedCall, type TracedLeg, type TraceEntry } from './trace-entry.ts';
import type { TraceFolder } from './trace-folder.ts';
import { isBinding, isOfDialog, messageStart } from './trace-record.ts';

export async function searchFolder(folder: TraceFolder, name: string): Promise<TracedCall | undefined> {
  const asked = await dialogNamed(folder, name);
  if (asked === undefined) return undefined;
  const legs = asked.callId === null ? [asked] : await legsOf(folder, asked.callId);
  const entries = new Map<string, TraceEntry[]>(legs.map(({ sipCallId }) => [sipCallId, []]));
  const dialogs = legs.map(({ sipCallId }) => Buffer.from(sipCallId, 'utf8'));
  for await (const record of folder.records((bytes) => dialogs.some((dialog) => isOfDialog(bytes, dialog)))) {
    if (record.kind === 'entry') entries.get(record.entry.sipCallId)?.push(record.entry);
  }
  const parts = legs.map((leg) => ({ leg, entries: entries.get(leg.sipCallId) ?? [], dropped: 0 }));
  return parts.every((part) => part.entries.length === 0) ? undefined : mergeLegs(parts);
}

/** A dialog that the name means, bound to its call where it has one. */
async function dialogNamed(folder: TraceFolder, name: string): Promise<TracedLeg | undefined> {
  const bound = new Map<string, TracedLeg>();
  let exact: string | undefined;
  let invited: string | undefined;
  let registered: string | undefined;
  const named = Buffer.from(name, 'utf8');
  const isMeant = (record: Buffer) => isOfDialog(record, named) || (opensDialog(record) && record.includes(named));
  for await (const record of folder.records((bytes) => isBinding(bytes) || isMeant(bytes))) {
    if (record.kind === 'binding') {
      bound.set(record.leg.sipCallId, record.leg);
      if (record.leg.callId === name) exact = record.leg.sipCallId;
      continue;
    }
    const { entry } = record;
    if (entry.sipCallId === name) exact = name;
    const opening = openingOf([entry]);
    if (opening?.names.includes(name) !== true) continue;
    if (opening.method === 'INVITE') invited = entry.sipCallId;
    else registered = entry.sipCallId;
  }
  const sipCallId = exact ?? invited ?? registered;
  return sipCallId === undefined ? undefined : (bound.get(sipCallId) ?? { sipCallId, callId: null, legId: null });
}

/** So many of the latest are told of. */
const lastOnes = 500;

/** Dialogs on disk that began with an INVITE, the latest first. */
export async function lastInvited(folder: TraceFolder): Promise<readonly TracedLeg[]> {
  let invited = new Set<string>();
  const bound = new Map<string, TracedLeg>();
  for await (const record of folder.records((bytes) => isBinding(bytes) || opensDialog(bytes))) {
    if (record.kind === 'binding') bound.set(record.leg.sipCallId, record.leg);
    else if (openingOf([record.entry])?.method === 'INVITE') {
      invited.delete(record.entry.sipCallId);
      invited.add(record.entry.sipCallId);
      if (invited.size > 4 * lastOnes) invited = new Set([...invited].slice(-lastOnes));
    }
  }
  return [...invited]
    .reverse()
    .slice(0, lastOnes)
    .map((sipCallId) => bound.get(sipCallId) ?? { sipCallId, callId: null, legId: null });
}

async function legsOf(folder: TraceFolder, callId: CallId): Promise<TracedLeg[]> {
  const legs = new Map<string, TracedLeg>();
  const named = Buffer.from(callId, 'utf8');
  for await (const record of folder.records((bytes) => isBinding(bytes) && bytes.includes(named))) {
    if (record.kind === 'binding' && record.leg.callId === callId) legs.set(record.leg.sipCallId, record.leg);
  }
  return [...legs.values()];
}

function opensDialog(record: Buffer): boolean {
  return mayOpen(record, messageStart(record, 0));
}
