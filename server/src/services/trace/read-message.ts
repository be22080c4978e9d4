/**
 * Reads as much of a traced message as people are shown: start line, headers, body. Never fails: what a broken phone sent must be shown too,
 * so this is not the stack's parser (RFC 3261 §7; compact forms §7.3.3, folding §7.3.1).
 */

export interface ReadMessage {
  readonly start: string;
  /** Upper case, of the start line or, for a response, of the CSeq; empty where neither can be read. */
  readonly method: string;
  /** Undefined for a request. */
  readonly status: number | undefined;
  readonly reason: string;
  readonly requestUri: string;
  /** Values of all fields of that name in order; the long name, lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

const longNames: Readonly<Record<string, string>> = {
  i: 'call-id',
  f: 'from',
  t: 'to',
  v: 'via',
  m: 'contact',
  c: 'content-type',
  l: 'content-length',
  s: 'subject',
  k: 'supported',
  e: 'content-encoding',
};

export function readMessage(bytes: Uint8Array): ReadMessage {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const { head, body } = splitMessage(text);
  const [start = '', ...lines] = head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const short = line.slice(0, colon).trim().toLowerCase();
    const name = longNames[short] ?? short;
    const values = headers.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    headers.set(name, values);
  }
  const response = /^SIP\/2\.0 +(\d{3}) *(.*)$/i.exec(start);
  const request = /^(\S+) +(\S+)/.exec(start);
  const ofCseq = /^\d+\s+(\S+)/.exec(headers.get('cseq')?.[0] ?? '')?.[1] ?? '';
  return {
    start,
    method: (response === null ? (request?.[1] ?? '') : ofCseq).toUpperCase(),
    status: response === null ? undefined : Number(response[1]),
    reason: response?.[2] ?? '',
    requestUri: response === null ? (request?.[2] ?? '') : '',
    headers,
    body,
  };
}

/** Head without the empty line, what separates it from the body, and the body. */
export function splitMessage(text: string): { readonly head: string; readonly gap: string; readonly body: string } {
  // Keep-alive CRLFs before a message (RFC 5626 §3.5.1) are not its end.
  const from = /^[\r\n]*/.exec(text)?.[0].length ?? 0;
  const found = /\r?\n\r?\n/.exec(text.slice(from));
  if (found === null) return { head: text.slice(from), gap: '', body: '' };
  const end = from + found.index;
  return { head: text.slice(from, end), gap: found[0], body: text.slice(end + found[0].length) };
}

export function header(message: ReadMessage, name: string): string | undefined {
  return message.headers.get(name)?.[0];
}

/** User part of the first URI in a header value or request target; empty where there is none. */
export function userOf(value: string | undefined): string {
  return (
    /(?:sips?|tel):([^@;>:\s?]+)(?=[^<>\s]*@)|tel:([^;>\s]+)/i
      .exec(value ?? '')
      ?.slice(1)
      .find(Boolean) ?? ''
  );
}

export function hasSdp(message: ReadMessage): boolean {
  return /^v=0\r?$/m.test(message.body);
}
