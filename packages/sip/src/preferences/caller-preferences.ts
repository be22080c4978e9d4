/**
 * What a caller wishes of the contacts it reaches (RFC 3841): Reject-Contact and Accept-Contact against what each contact says that it can, and
 * Request-Disposition. A contact that says nothing of the kind is left alone (§7.2.2).
 *
 * Leaves out: implicit preferences (§7.2.1); `queue` and `redirect` of Request-Disposition, which are for a server that knows them.
 */
import type { SipMessage } from '../message/message.ts';
import { parseParameterized } from '../message/parameterized.ts';
import { doOverlap, type FeatureSet, featuresOf, parseFeatures } from './capabilities.ts';

interface Predicate {
  readonly features: FeatureSet;
  readonly isRequired: boolean;
  readonly isExplicit: boolean;
}

export interface CallerPreferences {
  readonly accept: readonly Predicate[];
  readonly reject: readonly Predicate[];
}

/** RFC 3841 §9.1: what is there counts, what contradicts itself does as it was said last. */
export interface RequestDisposition {
  readonly forks: boolean;
  readonly isSequential: boolean;
}

/** From the values of the headers; one that cannot be read is as if it were not there. */
export function readPreferences(accept: readonly string[], reject: readonly string[]): CallerPreferences {
  return { accept: accept.flatMap(readPredicate), reject: reject.flatMap(readPredicate) };
}

export function readDisposition(values: readonly string[]): RequestDisposition {
  let forks = true;
  let isSequential = false;
  for (const value of values) {
    const directive = value.trim().toLowerCase();
    if (directive === 'fork' || directive === 'no-fork') forks = directive === 'fork';
    if (directive === 'sequential' || directive === 'parallel') isSequential = directive === 'sequential';
  }
  return { forks, isSequential };
}

export function hasPreferences(message: SipMessage): boolean {
  return (
    message.header('Accept-Contact') !== undefined ||
    message.header('Reject-Contact') !== undefined ||
    message.header('Request-Disposition') !== undefined
  );
}

/**
 * How much a contact is what the caller wishes, 0 to 1 (Qa of RFC 3841 §7.2.4): contacts of one q are tried by it, the higher first. Undefined: it is not wanted.
 * @param capabilities as {@link capabilitiesOf} gives it
 */
export function preferenceFor(capabilities: string, { accept, reject }: CallerPreferences): number | undefined {
  const contact = capabilities === '' ? undefined : parseFeatures(capabilities);
  if (contact === undefined) return 1;
  // Only a contact that says something about all that is rejected is meant (§7.2.3).
  if (reject.some(({ features }) => scoreOf(contact, features) === 1 && features.size > 0)) return undefined;
  if (accept.length === 0) return 1;
  let sum = 0;
  for (const { features, isRequired, isExplicit } of accept) {
    const score = scoreOf(contact, features);
    if (isRequired && (score === undefined || (isExplicit && score < 1))) return undefined;
    sum += isExplicit && score !== 1 ? 0 : (score ?? 0);
  }
  return sum / accept.length;
}

/** RFC 3841 §7.2.4: which share of what is asked for the contact says that it has; undefined: it says that it has not. */
function scoreOf(contact: FeatureSet, asked: FeatureSet): number | undefined {
  let met = 0;
  for (const [tag, values] of asked) {
    const own = contact.get(tag);
    if (own === undefined) continue;
    if (!doOverlap(own, values)) return undefined;
    met += 1;
  }
  return asked.size === 0 ? 1 : met / asked.size;
}

function readPredicate(value: string): readonly Predicate[] {
  const read = parseParameterized(value);
  if (read?.value !== '*') return [];
  const { params } = read;
  return [{ features: featuresOf(params), isRequired: params.has('require'), isExplicit: params.has('explicit') }];
}
