/** RTP sources that a writer names: a=ssrc and a=ssrc-group (RFC 5576 §4), and the browser's tracks (a=msid, RFC 8830 §2). */
import { attributes } from './attributes.ts';
import { fields, wholeNumber } from './fields.ts';
import type { MediaDescription } from './session-description.ts';

export interface MediaSource {
  readonly ssrc: number;
  /** cname, previous-ssrc, fmtp … in their order; '' where one has no value. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

const maxSsrc = 2 ** 32 - 1;

/** <ssrc> <attribute>[:<value>]; null where malformed (RFC 5576 §4.1). */
export function readSource(
  value: string,
): { readonly ssrc: number; readonly name: string; readonly text: string } | null {
  const space = value.indexOf(' ');
  const ssrc = wholeNumber(space < 0 ? value : value.slice(0, space), maxSsrc);
  const rest = space < 0 ? '' : value.slice(space + 1).trimStart();
  if (ssrc === null || rest === '') return null;
  const colon = rest.indexOf(':');
  return { ssrc, name: colon < 0 ? rest : rest.slice(0, colon), text: colon < 0 ? '' : rest.slice(colon + 1) };
}

/** One per SSRC, in the order of their first lines. */
export function mediaSources(media: MediaDescription): MediaSource[] {
  const found = new Map<number, [string, string][]>();
  for (const value of attributes(media.lines, 'ssrc')) {
    const read = readSource(value);
    if (read === null) continue;
    const rows = found.get(read.ssrc);
    if (rows === undefined) found.set(read.ssrc, [[read.name, read.text]]);
    else rows.push([read.name, read.text]);
  }
  return [...found].map(([ssrc, rows]) => ({ ssrc, attributes: rows }));
}

export interface SourceGroup {
  /** FID, FEC, FEC-FR, SIM … */
  readonly semantics: string;
  readonly ssrcs: readonly number[];
}

/** <semantics> <ssrc>…; null where malformed (RFC 5576 §4.2). */
export function readSourceGroup(value: string): SourceGroup | null {
  const [semantics, ...rest] = fields(value);
  const ssrcs = rest.map((text) => wholeNumber(text, maxSsrc));
  if (semantics === undefined || !ssrcs.every((ssrc) => ssrc !== null)) return null;
  return { semantics, ssrcs };
}

export function sourceGroups(media: MediaDescription): SourceGroup[] {
  return attributes(media.lines, 'ssrc-group').flatMap((value) => readSourceGroup(value) ?? []);
}

export interface MediaStreamId {
  readonly stream: string;
  readonly track: string | null;
}

/** a=msid:<stream> [<track>] (RFC 8830 §2). */
export function mediaStreamIds(media: MediaDescription): MediaStreamId[] {
  return attributes(media.lines, 'msid').flatMap((value) => {
    const [stream, track = null] = fields(value);
    return stream === undefined ? [] : [{ stream, track }];
  });
}
