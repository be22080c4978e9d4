/**
 * Sections of descriptions that were read or written before, by their text. Below an m= line a phone says the same in every call, its port stands above; below the o= line it says the same as well. Descriptions
 * with the same section share its lines, and with them what is derived from lines (codecs.ts) and their text. What has not come for a while is forgotten, so that peers who say something
 * new each time cost no more than two generations.
 */
import type { SdpLine } from './session-description.ts';

type Lines = readonly SdpLine[];

/** Longer ones are of browsers, and have keys and addresses in them that no other call has. */
const longest = 1_000;

/** Of lines that are shared: as they are written. */
const texts = new WeakMap<Lines, string>();

export class KnownSections {
  readonly #perGeneration: number;
  #young = new Map<string, Lines>();
  #old = new Map<string, Lines>();

  constructor(perGeneration: number) {
    this.#perGeneration = perGeneration;
  }

  /** Undefined: it has not come, or not for long. */
  get(text: string): Lines | undefined {
    if (text.length > longest) return undefined;
    const found = this.#young.get(text);
    if (found !== undefined) return found;
    const again = this.#old.get(text);
    if (again !== undefined) this.#add(text, again);
    return again;
  }

  /** @returns the lines that descriptions with this section share from now on: those given, or the same of another spelling. */
  remember(text: string, lines: Lines): Lines {
    if (text.length > longest) return lines;
    const written = joinLines(lines);
    const shared = text === written ? lines : (this.get(written) ?? lines);
    if (!texts.has(shared)) texts.set(shared, written);
    this.#add(text, shared);
    if (text !== written) this.#add(written, shared);
    return shared;
  }

  #add(text: string, lines: Lines): void {
    if (this.#young.size >= this.#perGeneration) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, lines);
  }
}

/** Below m= lines: as many as there are kinds of phones, and what was agreed with them. */
export const mediaSections: KnownSections = new KnownSections(256);
/** Below o= lines: each phone's address stands there. */
export const sessionSections: KnownSections = new KnownSections(1_024);

/** The lines that say the same and are shared, of a section that we write ourselves. */
export function shareLines(sections: KnownSections, lines: Lines): Lines {
  const text = joinLines(lines);
  return sections.get(text) ?? sections.remember(text, lines);
}

/** As they are written; known of those that are shared. */
export function formatLines(lines: Lines): string {
  return texts.get(lines) ?? joinLines(lines);
}

function joinLines(lines: Lines): string {
  let text = '';
  for (const line of lines) text += `${line.type}=${line.value}\r\n`;
  return text;
}
