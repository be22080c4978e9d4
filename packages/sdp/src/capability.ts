/**
 * Capability negotiation (RFC 5939; RFC 6871), tolerated: an offer's potential configurations are read and passed over, its actual one (the m-lines as they stand) is answered, and
 * the answer says nothing of it, which is how an answerer without it is known (RFC 5939 §3.6.2). Unimplemented: choosing a potential configuration.
 */
import { attributeName, attributes } from './attributes.ts';
import { fields, isToken, wholeNumber } from './fields.ts';
import type { MediaDescription, SdpLine, SessionDescription } from './session-description.ts';

const names: ReadonlySet<string> = new Set([
  'csup',
  'creq',
  'acap',
  'tcap',
  'pcfg',
  'acfg',
  'rmcap',
  'omcap',
  'mfcap',
  'mscap',
  'lcfg',
  'sescap',
  'bcap',
  'ccap',
  'icap',
]);

/** Whether a line speaks of capability negotiation: such lines never stand in an answer to somebody whom we did not follow. */
export function isCapabilityLine(line: SdpLine): boolean {
  return line.type === 'a' && names.has(attributeName(line));
}

export interface PotentialConfiguration {
  /** 1 is the most preferred. */
  readonly number: number;
  /** t=, a= and others, as written; those that a reader does not know make the configuration unusable, unless they begin with "+" (§3.5.1). */
  readonly parts: readonly string[];
}

/** a=pcfg of an m-line by preference; malformed ones are left out (RFC 5939 §3.5.1). */
export function potentialConfigurations(media: MediaDescription): PotentialConfiguration[] {
  return attributes(media.lines, 'pcfg')
    .flatMap((value) => readPotential(value) ?? [])
    .sort((a, b) => a.number - b.number);
}

export function readPotential(value: string): PotentialConfiguration | null {
  const [first, ...parts] = fields(value);
  const number = wholeNumber(first, 2 ** 31 - 1);
  return number === null || number === 0 || parts.some((part) => !part.includes('=')) ? null : { number, parts };
}

/** a=tcap (§3.4.2): protocols by their numbers, counted on from the one that is written. */
export function transportCapabilities(sdp: SessionDescription, media: MediaDescription): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const value of [...attributes(sdp.lines, 'tcap'), ...attributes(media.lines, 'tcap')]) {
    const [first, ...protocols] = fields(value);
    const from = wholeNumber(first, 2 ** 31 - 1);
    if (from !== null) for (const [at, protocol] of protocols.entries()) found.set(from + at, protocol);
  }
  return found;
}

/** What the offer requires that an answerer without capability negotiation does not have (a=creq, §3.3.2): then its potential configurations are not for us. */
export function requiredCapabilities(sdp: SessionDescription, media: MediaDescription): string[] {
  const values = [...attributes(sdp.lines, 'creq'), ...attributes(media.lines, 'creq')];
  return [...new Set(values.flatMap((value) => value.split(',').map((tag) => tag.trim())))].filter(isToken);
}
