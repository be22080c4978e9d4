/**
 * What changed in plain data since it was last written: the append log writes a call whole once, and then only that. A shape names what can change:
 * values, which are taken for unchanged as long as they are the very same, and parts that are changed in place or made anew each time, which are
 * looked into. What a shape does not name never changes. The scenarios compare what differences make with the state itself, after each turn.
 *
 *    state        { phase: 'up', legs: [{ cause: null, media: {...} }, { cause: null, media: {...} }] }
 *    difference   { phase: 'ending', legs: { '@1': { cause: {...} } } }
 *
 * This runs with each turn of each call: a copy is an array of values in the order of the shape's keys, no object.
 */

/** One part of plain data that can be compared with a copy of an earlier time. */
export interface Shape {
  /** To compare with later. */
  copy(present: Parts): unknown;
  /** Brings the copy up to the present; undefined: nothing was different. `wholeAgain`: write it whole, and copy it anew. */
  take(copy: unknown, present: Parts): Parts | undefined | typeof wholeAgain;
  /** Brings data of an earlier time, which must be the caller's own, to where a difference leads. */
  apply(state: Parts, difference: Parts): Parts;
}

/** A shape whose keys stay: its differences are never whole. */
export interface FixedShape extends Shape {
  take(copy: unknown, present: Parts): Parts | undefined;
}

export type Parts = { [key: string]: unknown };

const wholeAgain = Symbol('whole again');

/** An object whose keys stay. Null may stand for a part. */
export function fixedParts(keys: Readonly<Record<string, Shape | 'value'>>): FixedShape {
  return new FixedParts(keys);
}

/** A list, all of whose elements have one shape; it grows at its end. */
export function listOf(each: Shape): Shape {
  return new ListParts(each);
}

/** An object whose keys come and go, all of whose values have one shape. */
export function mapOf(each: Shape): FixedShape {
  return new MapParts(each);
}

class FixedParts implements FixedShape {
  readonly #keys: readonly string[];
  readonly #shapes: readonly (Shape | undefined)[];

  constructor(keys: Readonly<Record<string, Shape | 'value'>>) {
    this.#keys = Object.keys(keys);
    this.#shapes = Object.values(keys).map((one) => (one === 'value' ? undefined : one));
  }

  copy(present: Parts): unknown[] {
    return this.#keys.map((key, at) => copyOf(this.#shapes[at], present[key]));
  }

  take(copy: unknown, present: Parts): Parts | undefined {
    const [keys, before] = [this.#keys, copy as unknown[]];
    let found: Parts | undefined;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as string;
      const shape = this.#shapes[at];
      const part = takeOne(shape, before[at], present[key]);
      if (part === undefined) continue;
      if (part === wholeAgain) before[at] = copyOf(shape, present[key]);
      found ??= {};
      found[key] = part === wholeAgain ? present[key] : part;
    }
    return found;
  }

  apply(state: Parts, difference: Parts): Parts {
    for (const key in difference) {
      state[key] = applyOne(this.#shapes[this.#keys.indexOf(key)], state[key], difference[key]);
    }
    return state;
  }
}

class ListParts implements Shape {
  readonly #each: Shape;

  constructor(each: Shape) {
    this.#each = each;
  }

  copy(present: Parts): unknown[] {
    return (present as unknown as unknown[]).map((one) => copyOf(this.#each, one));
  }

  take(copy: unknown, present: Parts): Parts | undefined | typeof wholeAgain {
    const [before, now] = [copy as unknown[], present as unknown as unknown[]];
    if (now.length < before.length) return wholeAgain;
    let found: Parts | undefined;
    for (let at = 0; at < now.length; at++) {
      const part = at < before.length ? takeOne(this.#each, before[at], now[at]) : wholeAgain;
      if (part === undefined) continue;
      if (part === wholeAgain) before[at] = copyOf(this.#each, now[at]);
      found ??= {};
      // Were it a number, JSON.stringify would leave its fast path.
      found[`@${at}`] = part === wholeAgain ? now[at] : part;
    }
    return found;
  }

  apply(state: Parts, difference: Parts): Parts {
    if (Array.isArray(difference)) return difference as unknown as Parts;
    const list = state as unknown as unknown[];
    for (const key in difference) {
      const at = Number(key.slice(1));
      list[at] = applyOne(this.#each, list[at], difference[key]);
    }
    return state;
  }
}

class MapParts implements FixedShape {
  readonly #each: Shape;

  constructor(each: Shape) {
    this.#each = each;
  }

  copy(present: Parts): Map<string, unknown> {
    return new Map(Object.entries(present).map(([key, one]) => [key, copyOf(this.#each, one)]));
  }

  take(copy: unknown, present: Parts): Parts | undefined {
    const before = copy as Map<string, unknown>;
    let found: Parts | undefined;
    for (const key in present) {
      const part = takeOne(this.#each, before.get(key), present[key]);
      if (part === undefined) continue;
      if (part === wholeAgain) before.set(key, copyOf(this.#each, present[key]));
      found ??= {};
      found[key] = part === wholeAgain ? present[key] : part;
    }
    for (const key of before.keys()) {
      if (key in present) continue;
      before.delete(key);
      found ??= {};
      found[key] = null;
    }
    return found;
  }

  apply(state: Parts, difference: Parts): Parts {
    for (const key in difference) {
      if (difference[key] === null) delete state[key];
      else state[key] = applyOne(this.#each, state[key], difference[key]);
    }
    return state;
  }
}

function copyOf(shape: Shape | undefined, value: unknown): unknown {
  return shape === undefined || !isParts(value) ? value : shape.copy(value);
}

function takeOne(shape: Shape | undefined, copy: unknown, present: unknown): unknown {
  if (shape !== undefined && isParts(copy) && isParts(present)) return shape.take(copy, present);
  return copy === present ? undefined : wholeAgain;
}

function applyOne(shape: Shape | undefined, state: unknown, difference: unknown): unknown {
  return shape !== undefined && isParts(state) && isParts(difference) ? shape.apply(state, difference) : difference;
}

function isParts(value: unknown): value is Parts {
  return typeof value === 'object' && value !== null;
}
