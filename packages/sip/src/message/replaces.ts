/** Replaces (RFC 3891 §6.1), and Join (RFC 3911) and Target-Dialog (RFC 4538), which name a dialog in the same way. */
import { parseParameterized } from './parameterized.ts';

export interface Replaces {
  readonly callId: string;
  /** The tag of the side that sends this header, as its peer knows it. */
  readonly toTag: string;
  readonly fromTag: string;
  readonly isEarlyOnly: boolean;
}

export function parseReplaces(text: string): Replaces | undefined {
  const parsed = parseParameterized(text);
  const toTag = parsed?.params.get('to-tag');
  const fromTag = parsed?.params.get('from-tag');
  // RFC 3891 §3: each of the two must stand once.
  if (parsed === undefined || toTag === undefined || fromTag === undefined) return undefined;
  if (/\s/.test(parsed.value) || toTag === '' || fromTag === '') return undefined;
  return { callId: parsed.value, toTag, fromTag, isEarlyOnly: parsed.params.has('early-only') };
}

export function formatReplaces(replaces: Replaces): string {
  const early = replaces.isEarlyOnly ? ';early-only' : '';
  return `${replaces.callId};to-tag=${replaces.toTag};from-tag=${replaces.fromTag}${early}`;
}

/** Target-Dialog (RFC 4538 §7). */
export interface TargetDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

export function parseTargetDialog(text: string): TargetDialog | undefined {
  const parsed = parseParameterized(text);
  const localTag = parsed?.params.get('local-tag');
  const remoteTag = parsed?.params.get('remote-tag');
  if (parsed === undefined || !localTag || !remoteTag) return undefined;
  return { callId: parsed.value, localTag, remoteTag };
}
