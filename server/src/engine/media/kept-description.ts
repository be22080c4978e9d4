/** A session description as its text, for as long as nobody reads it: of a call that is up and at rest, where the parts would be ten times the size. */
import {
  formatSdp,
  type MediaDescription,
  type Origin,
  parseSdp,
  type SdpLine,
  type SessionDescription,
} from '@ringdown/sdp';

export class KeptDescription implements SessionDescription {
  readonly text: string;
  #parsed: SessionDescription | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** The description as it was. */
  get description(): SessionDescription {
    this.#parsed ??= parsedAgain(this.text);
    return this.#parsed;
  }

  get origin(): Origin {
    return this.description.origin;
  }

  get lines(): readonly SdpLine[] {
    return this.description.lines;
  }

  get media(): readonly MediaDescription[] {
    return this.description.media;
  }
}

/** @param held the same text as somebody else has it, perhaps */
export function keepDescription(description: SessionDescription | null, held?: string | null): KeptDescription | null {
  if (description === null || description instanceof KeptDescription) return description;
  const text = formatSdp(description);
  if (text === held) return new KeptDescription(held);
  // Text that was put together from parts is one piece once a character of it was asked for.
  text.charCodeAt(0);
  return new KeptDescription(text);
}

export function readKept(description: SessionDescription | null): SessionDescription | null {
  return description instanceof KeptDescription ? description.description : description;
}

const noLimit = 2 ** 31;

/** What we wrote ourselves is read again whatever its size. */
function parsedAgain(text: string): SessionDescription {
  const parsed = parseSdp(text, {
    maxBytes: noLimit,
    maxLines: noLimit,
    maxMedia: noLimit,
    maxAttributes: noLimit,
    maxFormats: noLimit,
    maxLineLength: noLimit,
  });
  if (!parsed.ok) throw new DescriptionLost(parsed.failure.reason);
  return parsed.sdp;
}

/** A defect of ours: a description was written that cannot be read. */
export class DescriptionLost extends Error {
  readonly code = 'description-lost';
  constructor(reason: string) {
    super(`a description that was kept as text: ${reason}`);
    this.name = 'DescriptionLost';
  }
}
