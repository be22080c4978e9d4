/**
 * What a contact says that it can (RFC 3840 §9): feature parameters, each a tag with one or more values of which any may apply. Tags of the base set stand as they
 * are, all others begin with "+".
 *
 *   ;audio;methods="INVITE,BYE";mobility="!fixed";+sip.speed="#>=5"
 */
import { parseParameterized } from '../message/parameterized.ts';
import type { Params } from '../message/params.ts';

/** Of one tag: a boolean without a value is true. */
export type FeatureValue =
  | { readonly kind: 'token'; readonly text: string; readonly isNegated: boolean }
  | { readonly kind: 'string'; readonly text: string; readonly isNegated: boolean }
  | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly isNegated: boolean };

/** Tag in lower case, and any of its values. */
export type FeatureSet = ReadonlyMap<string, readonly FeatureValue[]>;

/** RFC 3840 §9 base tags. */
const baseTags: ReadonlySet<string> = new Set([
  ...['audio', 'automata', 'class', 'duplex', 'data', 'control', 'mobility', 'description', 'events', 'priority'],
  ...['methods', 'schemes', 'application', 'video', 'language', 'type', 'isfocus', 'actor', 'text', 'extensions'],
]);
/** Of other RFCs than 3840, with a meaning of their own in a Contact (RFC 5626 §4.1, RFC 8599 §4.1.1). */
const ownMeaning: ReadonlySet<string> = new Set(['+sip.instance', '+sip.pnsreg']);

/** The feature parameters of a Contact, as text to be kept; '' where there are none. */
export function capabilitiesOf(params: Params): string {
  let text = '';
  for (const { name, raw } of params.list) {
    const tag = name.toLowerCase();
    if (isFeature(tag) && !ownMeaning.has(tag)) text += raw === undefined ? `;${name}` : `;${name}=${raw}`;
  }
  return text;
}

/** @param text parameters, from the first ";" on. Undefined: they cannot be read. */
export function parseFeatures(text: string): FeatureSet | undefined {
  const params = parseParameterized(`*${text}`)?.params;
  return params === undefined ? undefined : featuresOf(params);
}

export function featuresOf(params: Params): FeatureSet {
  const set = new Map<string, readonly FeatureValue[]>();
  for (const { name, value, raw } of params.list) {
    const tag = name.toLowerCase();
    if (!isFeature(tag)) continue;
    const values = raw === undefined ? [boolean(true)] : splitValues(value).map(readValue);
    set.set(tag, values);
  }
  return set;
}

/** Whether one of the values of one side may be one of the other's (RFC 2533 §6, as RFC 3841 §7.2.4 has it). */
export function doOverlap(one: readonly FeatureValue[], other: readonly FeatureValue[]): boolean {
  return one.some((value) => other.some((its) => areCompatible(value, its)));
}

function isFeature(tag: string): boolean {
  return tag.startsWith('+') || baseTags.has(tag);
}

/** A comma within <...> is of the string. */
function splitValues(text: string): string[] {
  return text.match(/!?<[^>]*>|[^,]+/g) ?? [];
}

function readValue(whole: string): FeatureValue {
  const trimmed = whole.trim();
  const isNegated = trimmed.startsWith('!');
  const text = isNegated ? trimmed.slice(1) : trimmed;
  if (text.startsWith('<') && text.endsWith('>')) return { kind: 'string', text: text.slice(1, -1), isNegated };
  const range = text.startsWith('#') ? readRange(text.slice(1)) : undefined;
  if (range !== undefined) return { kind: 'number', ...range, isNegated };
  return { kind: 'token', text: text.toLowerCase(), isNegated };
}

function boolean(value: boolean): FeatureValue {
  return { kind: 'token', text: String(value), isNegated: false };
}

/** RFC 3840 §9: `=5`, `>=5`, `<=5`, `2:5`. */
function readRange(text: string): { readonly least: number; readonly most: number } | undefined {
  const [, relation = '', first = '', second] = /^(=|>=|<=|)([+-]?[\d.]+)(?::([+-]?[\d.]+))?$/.exec(text) ?? [];
  const number = Number(first);
  if (first === '' || Number.isNaN(number)) return undefined;
  if (second !== undefined) return { least: number, most: Number(second) };
  if (relation === '>=') return { least: number, most: Infinity };
  if (relation === '<=') return { least: -Infinity, most: number };
  return { least: number, most: number };
}

function areCompatible(one: FeatureValue, other: FeatureValue): boolean {
  if (one.isNegated && other.isNegated) return true;
  const isSame = one.isNegated || other.isNegated ? areEqual(one, other) : doMeet(one, other);
  return one.isNegated || other.isNegated ? !isSame : isSame;
}

function areEqual(one: FeatureValue, other: FeatureValue): boolean {
  if (one.kind === 'number' && other.kind === 'number') return one.least === other.least && one.most === other.most;
  return doMeet(one, other);
}

function doMeet(one: FeatureValue, other: FeatureValue): boolean {
  if (one.kind === 'number') return other.kind === 'number' && one.least <= other.most && other.least <= one.most;
  if (other.kind === 'number') return false;
  return one.kind === other.kind && one.text === other.text;
}
