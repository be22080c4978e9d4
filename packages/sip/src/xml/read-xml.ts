/**
 * A strict reader of small XML 1.0 documents with namespaces, as event packages carry them (RFC 3863, RFC 4235 …): a tree, or where it is not well-formed. Nothing is expanded but
 * character references and the five entities that XML itself has; there is no DOCTYPE, so there is nothing to declare; depth, counts and size are limited.
 *
 * Leaves out: encodings beside UTF-8, processing instructions (passed over), validity, attribute normalisation beyond white space.
 */
import { isXmlText, readXmlText } from './read-xml-text.ts';

export interface XmlAttribute {
  /** '' for those without prefix. */
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

export interface XmlElement {
  /** '' outside of any. */
  readonly namespace: string;
  /** Without prefix. */
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly (XmlElement | string)[];
}

export interface XmlLimits {
  readonly sizeBytes: number;
  readonly depth: number;
  readonly elements: number;
  /** Of one element. */
  readonly attributes: number;
}

export const DEFAULT_XML_LIMITS: XmlLimits = { sizeBytes: 64 * 1024, depth: 24, elements: 4_000, attributes: 32 };

export type XmlFailureCause =
  | 'too-big'
  | 'too-deep'
  | 'too-many'
  | 'encoding'
  | 'doctype'
  | 'entity'
  | 'namespace'
  | 'malformed';

export interface XmlFailure {
  readonly why: XmlFailureCause;
  /** Characters from the beginning. */
  readonly at: number;
}

export type XmlResult =
  | { readonly ok: true; readonly root: XmlElement }
  | { readonly ok: false; readonly failure: XmlFailure };

/** Never throws on what it is given. */
export function readXml(bytes: Uint8Array, limits: XmlLimits = DEFAULT_XML_LIMITS): XmlResult {
  if (bytes.length > limits.sizeBytes) return { ok: false, failure: { why: 'too-big', at: limits.sizeBytes } };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, failure: { why: 'encoding', at: 0 } };
  }
  const reader = new Reader(text, limits);
  const root = reader.document();
  return root === undefined ? { ok: false, failure: reader.failure } : { ok: true, root };
}

interface Open {
  readonly qualified: string;
  readonly element: { namespace: string; name: string; attributes: XmlAttribute[]; children: (XmlElement | string)[] };
  /** Prefixes in force here. */
  readonly scope: ReadonlyMap<string, string>;
}

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
const noScope: ReadonlyMap<string, string> = new Map([['xml', xmlNamespace]]);
const space = /[ \t\r\n]*/y;
const nameForm =
  /[A-Za-z_\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{2ff}\u{370}-\u{37d}\u{37f}-\u{1fff}][-A-Za-z0-9._\u{b7}\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{37d}\u{37f}-\u{1fff}]*/uy;
const declaration =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][-A-Za-z0-9._]*)\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\4)?[ \t\r\n]*\?>/y;
const readableEncodings = new Set(['utf-8', 'us-ascii']);

class Reader {
  failure: XmlFailure = { why: 'malformed', at: 0 };
  readonly #text: string;
  readonly #limits: XmlLimits;
  readonly #open: Open[] = [];
  #at = 0;
  #elements = 0;
  #root: XmlElement | undefined;
  #hasFailed = false;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): XmlElement | undefined {
    this.#declaration();
    while (!this.#hasFailed && this.#at < this.#text.length) {
      if (this.#text.charCodeAt(this.#at) !== 0x3c) this.#characters();
      else this.#markup();
    }
    if (!this.#hasFailed && (this.#open.length > 0 || this.#root === undefined)) this.#fail('malformed');
    return this.#hasFailed ? undefined : this.#root;
  }

  #fail(why: XmlFailureCause): undefined {
    if (!this.#hasFailed) this.failure = { why, at: this.#at };
    this.#hasFailed = true;
    return undefined;
  }

  #declaration(): void {
    if (!/^<\?xml[ \t\r\n]/.test(this.#text.slice(0, 6))) return;
    declaration.lastIndex = 0;
    const found = declaration.exec(this.#text);
    if (found === null) this.#fail('malformed');
    else if (!readableEncodings.has((found[3] ?? 'utf-8').toLowerCase())) this.#fail('encoding');
    else this.#at = found[0].length;
  }

  #markup(): void {
    const text = this.#text;
    if (text.startsWith('<!--', this.#at)) this.#comment();
    else if (text.startsWith('<![CDATA[', this.#at)) this.#cdata();
    else if (text.startsWith('<!', this.#at)) this.#fail('doctype');
    else if (text.startsWith('<?', this.#at)) this.#instruction();
    else if (text.startsWith('</', this.#at)) this.#endTag();
    else this.#startTag();
  }

  #comment(): void {
    const end = this.#text.indexOf('--', this.#at + 4);
    if (end < 0 || this.#text.charAt(end + 2) !== '>') this.#fail('malformed');
    else this.#at = end + 3;
  }

  #instruction(): void {
    const end = this.#text.indexOf('?>', this.#at + 2);
    const target = /^[A-Za-z_][-A-Za-z0-9._]*/.exec(this.#text.slice(this.#at + 2, this.#at + 66))?.[0];
    if (end < 0 || target === undefined || target.toLowerCase() === 'xml') this.#fail('malformed');
    else this.#at = end + 2;
  }

  #cdata(): void {
    const top = this.#open.at(-1);
    const end = this.#text.indexOf(']]>', this.#at + 9);
    const raw = this.#text.slice(this.#at + 9, Math.max(end, this.#at + 9));
    if (top === undefined || end < 0 || !isXmlText(raw)) {
      this.#fail('malformed');
      return;
    }
    top.element.children.push(raw.replace(/\r\n?/g, '\n'));
    this.#at = end + 3;
  }

  #characters(): void {
    const end = this.#text.indexOf('<', this.#at);
    const raw = this.#text.slice(this.#at, end < 0 ? this.#text.length : end);
    const top = this.#open.at(-1);
    if (top === undefined) {
      // White space alone stands outside of the root.
      if (!/^[ \t\r\n]*$/.test(raw)) this.#fail('malformed');
    } else {
      const read = raw.includes(']]>') ? undefined : readXmlText(raw);
      if (read === undefined) this.#fail(raw.includes('&') ? 'entity' : 'malformed');
      else top.element.children.push(read.replace(/\r\n?/g, '\n'));
    }
    this.#at += raw.length;
  }

  #endTag(): void {
    this.#at += 2;
    const name = this.#name();
    this.#space();
    const top = this.#open.pop();
    if (top === undefined || name !== top.qualified || this.#text.charAt(this.#at) !== '>') this.#fail('malformed');
    else this.#at += 1;
  }

  #startTag(): void {
    this.#at += 1;
    const qualified = this.#name();
    const raw = qualified === undefined ? undefined : this.#attributes();
    if (qualified === undefined || raw === undefined) return;
    const isEmpty = this.#text.charAt(this.#at) === '/';
    if (isEmpty) this.#at += 1;
    if (this.#text.charAt(this.#at) !== '>') {
      this.#fail('malformed');
      return;
    }
    this.#at += 1;
    const opened = this.#element(qualified, raw);
    if (opened !== undefined && !isEmpty) this.#open.push(opened);
  }

  #element(qualified: string, raw: ReadonlyMap<string, string>): Open | undefined {
    const parent = this.#open.at(-1);
    this.#elements += 1;
    if (this.#elements > this.#limits.elements) return this.#fail('too-many');
    if (this.#open.length >= this.#limits.depth) return this.#fail('too-deep');
    if (parent === undefined && this.#root !== undefined) return this.#fail('malformed');
    const scope = this.#scope(parent?.scope ?? noScope, raw);
    const name = this.#resolve(qualified, scope ?? noScope, scope?.get('') ?? '');
    if (scope === undefined || name === undefined) return undefined;
    const attributes: XmlAttribute[] = [];
    for (const [written, value] of raw) {
      if (written === 'xmlns' || written.startsWith('xmlns:')) continue;
      const resolved = this.#resolve(written, scope, '');
      if (resolved === undefined) return undefined;
      if (attributes.some((other) => other.name === resolved.name && other.namespace === resolved.namespace))
        return this.#fail('malformed');
      attributes.push({ ...resolved, value });
    }
    const element = { ...name, attributes, children: [] };
    if (parent === undefined) this.#root = element;
    else parent.element.children.push(element);
    return { qualified, element, scope };
  }

  /** Attributes as written; the tag's end is next. */
  #attributes(): ReadonlyMap<string, string> | undefined {
    const found = new Map<string, string>();
    for (;;) {
      const hadSpace = this.#space();
      const next = this.#text.charAt(this.#at);
      if (next === '>' || next === '/') return found;
      const name = hadSpace ? this.#name() : this.#fail('malformed');
      if (name === undefined) return undefined;
      const value = this.#value();
      if (value === undefined) return undefined;
      if (found.has(name)) return this.#fail('malformed');
      if (found.size >= this.#limits.attributes) return this.#fail('too-many');
      found.set(name, value);
    }
  }

  #value(): string | undefined {
    this.#space();
    if (this.#text.charAt(this.#at) !== '=') return this.#fail('malformed');
    this.#at += 1;
    this.#space();
    const mark = this.#text.charAt(this.#at);
    const end = mark === '"' || mark === "'" ? this.#text.indexOf(mark, this.#at + 1) : -1;
    if (end < 0) return this.#fail('malformed');
    const raw = this.#text.slice(this.#at + 1, end);
    const value = raw.includes('<') ? undefined : readXmlText(raw.replace(/\r\n|[\t\r\n]/g, ' '));
    if (value === undefined) return this.#fail(raw.includes('&') ? 'entity' : 'malformed');
    this.#at = end + 1;
    return value;
  }

  /** Undefined: a declaration that may not be. */
  #scope(
    outer: ReadonlyMap<string, string>,
    raw: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, string> | undefined {
    let scope: Map<string, string> | undefined;
    for (const [written, uri] of raw) {
      const prefix = written === 'xmlns' ? '' : written.startsWith('xmlns:') ? written.slice(6) : undefined;
      if (prefix === undefined) continue;
      const isReserved = prefix === 'xmlns' || (prefix === 'xml') !== (uri === xmlNamespace);
      if (isReserved || (uri === '' && prefix !== '')) return this.#fail('namespace');
      scope ??= new Map(outer);
      scope.set(prefix, uri);
    }
    return scope ?? outer;
  }

  #resolve(qualified: string, scope: ReadonlyMap<string, string>, unprefixed: string) {
    const colon = qualified.indexOf(':');
    if (colon < 0) return { namespace: unprefixed, name: qualified };
    const namespace = scope.get(qualified.slice(0, colon));
    return namespace === undefined ? this.#fail('namespace') : { namespace, name: qualified.slice(colon + 1) };
  }

  /** A name, with its prefix where there is one. */
  #name(): string | undefined {
    const start = this.#at;
    if (!this.#skip(nameForm)) return this.#fail('malformed');
    if (this.#text.charAt(this.#at) === ':') {
      this.#at += 1;
      if (!this.#skip(nameForm)) return this.#fail('malformed');
    }
    return this.#text.slice(start, this.#at);
  }

  #space(): boolean {
    const start = this.#at;
    this.#skip(space);
    return this.#at > start;
  }

  #skip(form: RegExp): boolean {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (found === null) return false;
    this.#at += found[0].length;
    return true;
  }
}
