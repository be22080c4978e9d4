/**
 * What stood below an m= line before, by its text: a phone says the same there in every call, its port stands above. Descriptions with the same section
 * share its lines, and with them what is derived from lines (codecs.ts). What has not come for a while is forgotten, so that peers who say something
 * new each time cost no more than two generations.
 */
import type { SdpLine } from './session-description.ts';

const perGeneration = 128;
/** Longer ones are of browsers, and have keys and addresses in them that no other call has. */
const longest = 1_000;

let young = new Map<string, readonly SdpLine[]>();
let old = new Map<string, readonly SdpLine[]>();

export function knownSection(text: string): readonly SdpLine[] | undefined {
  if (text.length > longest) return undefined;
  const found = young.get(text);
  if (found !== undefined) return found;
  const again = old.get(text);
  if (again !== undefined) rememberSection(text, again);
  return again;
}

export function rememberSection(text: string, lines: readonly SdpLine[]): void {
  if (text.length > longest) return;
  if (young.size >= perGeneration) {
    old = young;
    young = new Map();
  }
  young.set(text, lines);
}
