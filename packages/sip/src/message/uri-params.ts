/** Parameters of SIP and tel URIs (RFC 3261 §19.1.1, RFC 3966 §3), escapes resolved; and the headers of a SIP URI. */
import { unescapeUri } from './escape.ts';

export interface UriParam {
  readonly name: string;
  /** Escapes resolved; '' for one without a value. */
  readonly value: string;
}

/** Split on first use; names are compared without regard to case. */
export class UriParams {
  static readonly NONE: UriParams = new UriParams('');
  /** From the first ";" on, as it stood. */
  readonly text: string;
  #list: readonly UriParam[] | null = null;

  constructor(text: string) {
    this.text = text;
  }

  get list(): readonly UriParam[] {
    this.#list ??= splitPairs(this.text.slice(1), ';');
    return this.#list;
  }

  /** '' for a parameter without a value; undefined: not there. */
  get(name: string): string | undefined {
    if (this.text === '') return undefined;
    const lower = name.toLowerCase();
    for (const param of this.list) if (param.name.toLowerCase() === lower) return param.value;
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}

/** The `?name=value&...` of a SIP URI (RFC 3261 §19.1.1); undefined text gives none. */
export function splitUriHeaders(text: string): readonly UriParam[] {
  return text === '' ? [] : splitPairs(text, '&');
}

function splitPairs(text: string, separator: string): UriParam[] {
  if (text === '') return [];
  const pairs: UriParam[] = [];
  for (const part of text.split(separator)) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals < 0) pairs.push({ name: unescapeUri(part), value: '' });
    else pairs.push({ name: unescapeUri(part.slice(0, equals)), value: unescapeUri(part.slice(equals + 1)) });
  }
  return pairs;
}
