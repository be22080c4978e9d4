/**
 * Reads what a process of the version before has left: schema 3, whose records are a call as one object, then differences to it. Goes when schema 5 comes.
 *
 *    state        { phase: 'up', legs: [{ cause: null, media: {...} }, { cause: null, media: {...} }] }
 *    difference   { phase: 'ending', legs: { '@1': { cause: {...} } } }
 */
import { type CallState, callStateSchema } from '../call-state.ts';
import type { StoredCall } from './read-call.ts';

/** What differences look into: the parts of an object, or the one shape of all that a list or a map holds. Everything else is replaced. */
type Shape =
  | { readonly kind: 'parts'; readonly parts: Readonly<Record<string, Shape>> }
  | { readonly kind: 'list' | 'map'; readonly each: Shape };
type Parts = Record<string, unknown>;

const partsOf = (parts: Readonly<Record<string, Shape>> = {}): Shape => ({ kind: 'parts', parts });
const listOf = (each: Shape): Shape => ({ kind: 'list', each });

const leg = partsOf({ media: partsOf({ streams: listOf(partsOf()) }), joins: listOf(partsOf()) });
const session = partsOf({ dialog: partsOf(), timer: partsOf(), flow: partsOf(), unacknowledged: partsOf() });
const storedLeg = partsOf({ session, invite: partsOf({ flow: partsOf() }) });
const whole = partsOf({
  call: partsOf({ legs: listOf(leg), media: partsOf() }),
  legs: { kind: 'map', each: storedLeg },
});

export interface Schema3Record {
  readonly kind: 'schema-3';
  readonly callId: string;
  readonly isOver: boolean;
  /** The data are a difference to the record before of this call. */
  readonly isChange: boolean;
  readonly data: unknown;
}

export function readSchema3Record(
  json: string,
  readable: string,
): Schema3Record | { readonly kind: 'settled'; readonly callIds: readonly string[] } | string {
  let row: { v?: unknown; k?: unknown; id?: unknown; d?: unknown; c?: unknown };
  try {
    row = JSON.parse(json);
  } catch {
    return 'a record that is no JSON';
  }
  const { v, k, id, d, c } = row;
  if (v !== 3) return `a record of schema ${String(v)}; this version reads ${readable}`;
  if (typeof id !== 'string' || (k !== 'call' && k !== 'over' && k !== 'settled')) return 'a record of unknown kind';
  if (k === 'settled') return { kind: k, callIds: [id] };
  return { kind: 'schema-3', callId: id, isOver: k === 'over', isChange: c !== undefined, data: c ?? d ?? null };
}

/** What is known of a call after this record; undefined: a change of a call of which nothing is known. */
export function applySchema3(before: unknown, { isOver, isChange, data }: Schema3Record): unknown {
  const found = isOver ? { call: data } : data;
  if (!isChange) return found;
  return isParts(before) && isParts(found) ? apply(whole, before, found) : undefined;
}

export function readSchema3(stored: unknown): StoredCall | undefined {
  const { call, legs } = (stored ?? {}) as Partial<StoredCall>;
  const isKnown = call?.schema === callStateSchema && Array.isArray(call.legs) && call.legs.length > 0;
  if (!isKnown) return undefined;
  const { media } = call;
  const since = { identity: null, takingPlace: null };
  return {
    call: { ...call, ...since, media: { ...media, directCodecs: [] } } satisfies CallState,
    legs: legs ?? {},
  };
}

function apply(shape: Shape, state: Parts, difference: Parts): Parts {
  if (Array.isArray(difference)) return difference as unknown as Parts;
  for (const [name, value] of Object.entries(difference)) {
    const key = shape.kind === 'list' ? name.slice(1) : name;
    const inner = shape.kind === 'parts' ? shape.parts[key] : shape.each;
    const present = state[key];
    if (shape.kind === 'map' && value === null) delete state[key];
    else state[key] = inner !== undefined && isParts(present) && isParts(value) ? apply(inner, present, value) : value;
  }
  return state;
}

function isParts(value: unknown): value is Parts {
  return typeof value === 'object' && value !== null;
}
