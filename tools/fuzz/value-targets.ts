/** URIs, structured headers and digest: parse, and where there is a formatter, format and parse again. */
import {
  areUrisEqual,
  computeDigestResponse,
  formatChallenge,
  formatCredentials,
  formatDate,
  formatNameAddr,
  formatReplaces,
  formatUri,
  type Hasher,
  parseAuthenticate,
  parseAuthorization,
  parseAuthParams,
  parseDate,
  parseNameAddr,
  parseReplaces,
  parseUri,
  parseVia,
  splitList,
  uriHeaders,
} from '@ringdown/sip';
import { credentials, uris, values } from './corpus.ts';
import { ensure, type FuzzTarget } from './target.ts';

/** What the parsers of values get: text, not wire. */
function asText(input: string): string {
  return Buffer.from(input, 'latin1').toString('utf8');
}

export const uriTarget: FuzzTarget = { name: 'uri', corpus: uris, check: (input) => checkUri(asText(input)) };

function checkUri(text: string): void {
  const uri = parseUri(text);
  ensure(uri.text === text, 'a URI keeps its text');
  ensure(areUrisEqual(uri, parseUri(text)), 'a URI equals itself');
  ensure(areUrisEqual(uri, parseUri('sip:a@b')) === areUrisEqual(parseUri('sip:a@b'), uri), 'equality is symmetric');
  if (uri.kind === 'other') return;
  void [uri.params.list, uri.params.get('lr'), uri.params.has('x')];
  if (uri.kind === 'tel') {
    ensure(/^\+?[0-9A-Fa-f*#]+$/.test(uri.digits), 'a number has digits');
    return;
  }
  uriHeaders(uri);
  const { scheme, user, password, host, port } = uri;
  const again = parseUri(formatUri({ scheme, user, password, host, port }));
  ensure(
    again.kind === 'sip' && again.user === user && again.host === host && again.port === port,
    'a formatted URI says the same',
  );
  ensure(again.kind === 'sip' && (again.password ?? '') === (password ?? ''), 'a formatted URI has the same password');
}

export const headersTarget: FuzzTarget = {
  name: 'headers',
  corpus: values,
  check: (input) => checkHeaders(asText(input)),
};

function checkHeaders(text: string): void {
  const via = parseVia(text);
  if (via !== undefined)
    void [via.params.list, via.received, via.rport, via.maddr, via.sentBy, via.hasRfc3261Branch, via.asksForRport];
  checkNameAddr(text);
  const replaces = parseReplaces(text);
  if (replaces !== undefined && !/[";,\s]/.test(replaces.toTag + replaces.fromTag)) {
    ensure(JSON.stringify(parseReplaces(formatReplaces(replaces))) === JSON.stringify(replaces), 'Replaces comes back');
  }
  const utcMs = parseDate(text);
  if (utcMs !== undefined) ensure(parseDate(formatDate(utcMs)) === utcMs, 'Date comes back');
  ensure(splitList(text).length <= 1_024, 'a list is bounded');
}

function checkNameAddr(text: string): void {
  const address = parseNameAddr(text);
  if (address === undefined) return;
  const params: Record<string, string> = {};
  // The first of two counts; an empty tag cannot be written without quotes.
  for (const { name, value } of address.params.list) {
    if (!(name.toLowerCase() in params) && (value !== '' || name.toLowerCase() !== 'tag'))
      params[name.toLowerCase()] = value;
  }
  const again = parseNameAddr(formatNameAddr({ displayName: address.displayName, uri: address.uriText, params }));
  // Control characters in a name or value cannot be set (compose refuses them), so they need not come back.
  ensure(again !== undefined, 'a formatted address parses');
  ensure(again?.displayName === address.displayName && again.uriText === address.uriText, 'an address comes back');
  void address.uri;
}

const hasher: Hasher = {
  md5: (content) => `${content.length}`,
  sha256: (content) => `${content.length}`,
  hmacSha256: (key, content) => `${key.length}${content.length}`,
};

export const digestTarget: FuzzTarget = {
  name: 'digest',
  corpus: credentials,
  check: (input) => checkDigest(asText(input)),
};

function checkDigest(text: string): void {
  parseAuthParams(text);
  const challenge = parseAuthenticate(text);
  if (challenge?.algorithm !== undefined && challenge.scheme.toLowerCase() === 'digest') {
    const { realm, nonce, algorithm } = challenge;
    const again = parseAuthenticate(formatChallenge({ realm, nonce, algorithm }));
    ensure(again?.realm === realm && again.nonce === nonce && again.algorithm === algorithm, 'a challenge comes back');
  }
  const read = parseAuthorization(text);
  if (read === undefined || read.scheme.toLowerCase() !== 'digest') return;
  const { algorithm, nonce, qop, nc, cnonce, uri } = read;
  computeDigestResponse(hasher, {
    algorithm: algorithm ?? 'MD5',
    ha1: 'x',
    nonce,
    qop,
    nc,
    cnonce,
    method: 'INVITE',
    uri,
  });
  if (qop !== undefined && qop !== 'auth' && qop !== 'auth-int') return;
  const again = parseAuthorization(formatCredentials(read));
  ensure(
    again?.username === read.username && again.uri === uri && again.response === read.response,
    'credentials come back',
  );
}
