/**
 * Every message of RFC 4475 and RFC 5118, byte for byte (vectors/), with the verdict that the RFC asks for.
 *
 * `verdict`: 'accept'; 'drop' (a response that no parser may pass on); a status: what the sender must be told, by the parser or by
 * checkRequest. `note` says what the RFC leaves to a higher layer, or why a row does not do as the RFC says.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAuthorization } from '../auth/credentials.ts';
import { parseContactList } from './contact.ts';
import { parseDate } from './date.ts';
import { edit } from './edit.ts';
import { formatMessage, formatRejection } from './format-message.ts';
import { acceptsMediaType } from './media-type.ts';
import { parseMultipart } from './multipart.ts';
import { parseMessage } from './parse-message.ts';
import type { SipRequest } from './request.ts';
import type { SipResponse } from './response.ts';
import { uriHeaders } from './uri.ts';
import { checkRequest, type RequestPolicy } from './validate.ts';

interface Row {
  readonly name: string;
  readonly section: string;
  readonly verdict: 'accept' | 'drop' | number;
  /** Part of the reason phrase. */
  readonly reason?: string;
  readonly policy?: Partial<RequestPolicy>;
  readonly request?: (message: SipRequest) => void;
  readonly response?: (message: SipResponse) => void;
  readonly note?: string;
}

const server: RequestPolicy = {
  role: 'server',
  methods: ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'MESSAGE'],
  contentTypes: ['application/sdp', 'text/plain', 'multipart/mixed'],
};
const anyMethod = ((): RequestPolicy => {
  const { methods: _, ...rest } = server;
  return rest;
})();

const folder = new URL('./vectors/', import.meta.url);
const load = (source: string, name: string) => new Uint8Array(readFileSync(new URL(`${source}/${name}.sip`, folder)));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const sipUser = (message: SipRequest, which: 'requestUri' | 'to' | 'from') => {
  const uri = which === 'requestUri' ? message.requestUri : message[which].uri;
  return uri.kind === 'sip' ? uri.user : undefined;
};

const rfc4475: readonly Row[] = [
  {
    name: 'wsinv',
    section: '3.1.1.1',
    verdict: 'accept',
    request(m) {
      assert.equal(m.to.uriText, 'sip:vivekg@chair-dnrc.example.com');
      assert.equal(m.to.tag, '1918181833n');
      assert.equal(m.from.displayName, 'J Rosenberg \\"');
      assert.equal(m.from.tag, '98asjd8');
      assert.equal(m.maxForwards, 68);
      assert.deepEqual(m.cseq, { seq: 9, method: 'INVITE' });
      assert.deepEqual(
        m.vias().map((via) => [via.transport, via.sentBy, via.branch]),
        [
          ['UDP', '192.0.2.2', '390skdjuw'],
          ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
          ['UDP', '192.168.255.111', 'z9hG4bK30239'],
        ],
      );
      assert.equal(m.topVia.hasRfc3261Branch, false);
      assert.equal(m.header('Subject'), '');
      assert.equal(m.header('newfangledheader'), 'newfangled value continued newfangled value');
      assert.equal(m.header('UnknownHeaderWithUnusualValue'), ';;,,;;,;');
      assert.deepEqual(m.headers('UnknownHeaderWithUnusualValue'), [';;,,;;,;'], 'an unknown header is not split');
      const route = m.routes()[0]!.uri;
      assert.equal(route.kind === 'sip' && route.params.has('lr') && route.params.get('unknownwith'), 'value');
      const contact = parseContactList(m.headers('m'));
      assert.ok(contact?.kind === 'list');
      assert.equal(contact.contacts[0]!.displayName, 'Quoted string ""');
      assert.equal(contact.contacts[0]!.q, 0.33);
      assert.equal(contact.contacts[0]!.params.get('newparam'), 'newvalue');
      assert.equal(m.body.length, 150);
    },
  },
  {
    name: 'intmeth',
    section: '3.1.1.2',
    verdict: 501,
    note: 'well-formed; a server that does not know the method says so',
    request(m) {
      assert.equal(m.method, "!interesting-Method0123456789_*+`.%indeed'~");
      assert.equal(sipUser(m, 'requestUri'), "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
      const uri = m.requestUri;
      assert.equal(uri.kind === 'sip' && uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
      assert.equal(uri.kind === 'sip' && uri.host, 'example.com');
      assert.equal(m.to.displayName, 'BEL:\x07 NUL:\x00 DEL:\x7f');
      assert.equal(m.from.displayName, "token1~` token2'+_ token3*%!.-");
      assert.equal(m.from.tag, "_token~1'+`*%!-.");
      assert.equal(m.from.params.get("fromParam''~+*_!.-%"), 'работающий');
      assert.equal(m.callId, 'intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
      assert.equal(m.header("extensionHeader-!.%*+_`'~"), '\ufeff大停電');
      assert.equal(m.topVia.branch, "z9hG4bK-.!%66*_+`'~");
    },
  },
  {
    name: 'esc01',
    section: '3.1.1.3',
    verdict: 'accept',
    request(m) {
      assert.equal(sipUser(m, 'requestUri'), 'sips:user@example.com');
      assert.equal(sipUser(m, 'to'), 'user');
      assert.equal(sipUser(m, 'from'), 'I have spaces');
      const uri = m.contacts()[0]!.uri;
      assert.equal(uri.kind === 'sip' && uri.user, 'caller');
      assert.equal(uri.kind === 'sip' && uri.params.has('lr'), true);
      assert.equal(uri.kind === 'sip' && uri.params.get('name'), 'value%41', 'unescaped once, not twice');
    },
  },
  {
    name: 'escnull',
    section: '3.1.1.4',
    verdict: 'accept',
    request(m) {
      assert.equal(sipUser(m, 'to'), 'null-\0-null');
      assert.deepEqual(
        m.contacts().map(({ uri }) => uri.kind === 'sip' && uri.user),
        ['\0', '\0\0'],
      );
    },
  },
  {
    name: 'esc02',
    section: '3.1.1.5',
    verdict: 501,
    note: 'escapes do not count in methods, header names and tokens: this is not REGISTER',
    request(m) {
      assert.equal(m.method, 'RE%47IST%45R');
      assert.equal(m.to.displayName, '%Z%45');
      assert.equal(m.topVia.branch, 'z9hG4bK209%fzsnel234');
      assert.deepEqual(
        m.contacts().map(({ uriText }) => uriText),
        ['sip:alias1@host1.example.com', 'sip:alias3@host3.example.com'],
      );
      assert.equal(m.header('C%6Fntact'), '<sip:alias2@host2.example.com>');
    },
  },
  {
    name: 'lwsdisp',
    section: '3.1.1.6',
    verdict: 'accept',
    request: (m) =>
      assert.deepEqual([m.from.displayName, m.from.uriText, m.from.tag], ['caller', 'sip:caller@example.com', '323']),
  },
  {
    name: 'longreq',
    section: '3.1.1.7',
    verdict: 'accept',
    request(m) {
      assert.equal(m.vias().length, 34);
      assert.equal(m.topVia.host, 'sip33.example.com');
      assert.equal(m.vias()[33]!.branch, `very${'long'.repeat(50)}branchvalue`);
      assert.equal(m.callId, `longreq.one${'really'.repeat(20)}longcallid`);
      assert.equal(m.to.displayName, `I have a user name of ${'extreme'.repeat(10)} proportion`);
      assert.equal(m.from.tag, `12${'982'.repeat(50)}424`);
      assert.equal(m.body.length, 150);
    },
  },
  {
    name: 'dblreq',
    section: '3.1.1.8',
    verdict: 'accept',
    note: 'the second request in the datagram is ignored',
    request(m) {
      assert.equal(m.method, 'REGISTER');
      assert.equal(m.body.length, 0);
      assert.ok(text(formatMessage(m)).endsWith('Content-Length: 0\r\n\r\n'));
    },
  },
  {
    name: 'semiuri',
    section: '3.1.1.9',
    verdict: 'accept',
    request(m) {
      assert.equal(sipUser(m, 'requestUri'), 'user;par=u@example.net');
      assert.equal(m.requestUri.kind === 'sip' && m.requestUri.host, 'example.com');
      assert.equal(m.headers('Accept').length, 6);
    },
  },
  {
    name: 'transports',
    section: '3.1.1.10',
    verdict: 'accept',
    request: (m) =>
      assert.deepEqual(
        m.vias().map(({ transport }) => transport),
        ['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'],
      ),
  },
  {
    name: 'mpart01',
    section: '3.1.1.11',
    verdict: 'accept',
    request(m) {
      const parts = parseMultipart(m.contentType!, m.body)!;
      assert.deepEqual(
        parts.map(({ headers }) => headers[0]![1]),
        ['text/plain', 'application/octet-stream'],
      );
      assert.equal(text(parts[0]!.body), 'Hello');
      assert.equal(parts[1]!.body.length, 342);
      assert.deepEqual([...parts[1]!.body.subarray(0, 4)], [0x30, 0x82, 0x01, 0x52]);
    },
  },
  {
    name: 'unreason',
    section: '3.1.1.12',
    verdict: 'accept',
    response: (m) => assert.equal(m.reason, '= 2**3 * 5**2 но сто девяносто девять - простое'),
  },
  {
    name: 'noreason',
    section: '3.1.1.13',
    verdict: 'accept',
    response: (m) => assert.deepEqual([m.status, m.reason], [100, '']),
  },
  { name: 'badinv01', section: '3.1.2.1', verdict: 400, reason: 'Via' },
  { name: 'clerr', section: '3.1.2.2', verdict: 400, reason: 'Content-Length' },
  { name: 'ncl', section: '3.1.2.3', verdict: 400, reason: 'Content-Length' },
  { name: 'scalar02', section: '3.1.2.4', verdict: 400, reason: 'CSeq' },
  { name: 'scalarlg', section: '3.1.2.5', verdict: 'drop' },
  { name: 'quotbal', section: '3.1.2.6', verdict: 400, reason: 'To' },
  { name: 'ltgtruri', section: '3.1.2.7', verdict: 400, reason: 'Request-URI' },
  { name: 'lwsruri', section: '3.1.2.8', verdict: 400, reason: 'Request-URI' },
  { name: 'lwsstart', section: '3.1.2.9', verdict: 400, reason: 'request line' },
  { name: 'trws', section: '3.1.2.10', verdict: 400, note: 'the RFC would also let it pass' },
  { name: 'escruri', section: '3.1.2.11', verdict: 400, reason: 'Request-URI' },
  {
    name: 'baddate',
    section: '3.1.2.12',
    verdict: 'accept',
    note: 'the RFC lets a server ignore a Date it has no use for',
    request: (m) => assert.equal(parseDate(m.header('Date')!), undefined),
  },
  { name: 'regbadct', section: '3.1.2.13', verdict: 400, reason: 'Contact' },
  { name: 'badaspec', section: '3.1.2.14', verdict: 400, reason: 'To' },
  { name: 'baddn', section: '3.1.2.15', verdict: 400, reason: 'From' },
  { name: 'badvers', section: '3.1.2.16', verdict: 505 },
  { name: 'mismatch01', section: '3.1.2.17', verdict: 400, reason: 'CSeq' },
  { name: 'mismatch02', section: '3.1.2.18', verdict: 400, reason: 'CSeq', note: 'the RFC takes 501 as well' },
  { name: 'bigcode', section: '3.1.2.19', verdict: 'drop' },
  {
    name: 'badbranch',
    section: '3.2.1',
    verdict: 'accept',
    note: 'a branch of nothing but the cookie is treated as none: matched by the rules of RFC 2543',
    request: (m) => assert.deepEqual([m.topVia.branch, m.topVia.hasRfc3261Branch], ['z9hG4bK', false]),
  },
  { name: 'insuf', section: '3.3.1', verdict: 400, reason: 'From' },
  { name: 'unkscm', section: '3.3.2', verdict: 416 },
  { name: 'novelsc', section: '3.3.3', verdict: 416 },
  {
    name: 'unksm2',
    section: '3.3.4',
    verdict: 'accept',
    note: 'well-formed; a registrar finds no address of record of that scheme',
    request: (m) =>
      assert.deepEqual([m.to.uri.scheme, m.from.uri.scheme, m.contacts()[0]!.uri.scheme], ['isbn', 'http', 'name']),
  },
  {
    name: 'bext01',
    section: '3.3.5',
    verdict: 420,
    request: (m) => {
      const rejection = checkRequest(m, server)!;
      assert.deepEqual(rejection.headers, [['Unsupported', 'nothingSupportsThis, nothingSupportsThisEither']]);
      const byProxy = checkRequest(m, { role: 'proxy' })!;
      assert.deepEqual(byProxy.headers, [['Unsupported', 'noProxiesSupportThis, norDoAnyProxiesSupportThis']]);
    },
  },
  {
    name: 'invut',
    section: '3.3.6',
    verdict: 415,
    request: (m) => assert.equal(checkRequest(m, server)!.headers[0]![0], 'Accept'),
  },
  {
    name: 'regaut01',
    section: '3.3.7',
    verdict: 'accept',
    note: 'well-formed; a registrar challenges as if there were no credentials',
    request: (m) => assert.equal(parseAuthorization(m.header('Authorization')!)?.scheme, 'NoOneKnowsThisScheme'),
  },
  { name: 'multi01', section: '3.3.8', verdict: 400, reason: 'Repeated' },
  { name: 'mcl01', section: '3.3.9', verdict: 400, reason: 'Content-Length' },
  {
    name: 'bcast',
    section: '3.3.10',
    verdict: 'accept',
    note: 'well-formed; dropped by the transport since the topmost Via is not its own (RFC 3261 §18.1.2)',
    response: (m) => assert.deepEqual([m.topVia.host, m.vias()[1]!.host], ['192.0.2.198', '255.255.255.255']),
  },
  {
    name: 'zeromf',
    section: '3.3.11',
    verdict: 483,
    policy: { role: 'proxy' },
    note: 'a proxy rejects, a user agent answers',
    request: (m) => assert.equal(checkRequest(m, server), undefined),
  },
  {
    name: 'cparam01',
    section: '3.3.12',
    verdict: 'accept',
    request: (m) =>
      assert.deepEqual(
        [m.contacts()[0]!.uriText, m.contacts()[0]!.params.has('unknownparam')],
        ['sip:+19725552222@gw1.example.net', true],
      ),
  },
  {
    name: 'cparam02',
    section: '3.3.13',
    verdict: 'accept',
    request(m) {
      const { uri, params } = m.contacts()[0]!;
      assert.deepEqual([uri.kind === 'sip' && uri.params.has('unknownparam'), params.list.length], [true, 0]);
    },
  },
  {
    name: 'regescrt',
    section: '3.3.14',
    verdict: 'accept',
    request(m) {
      const { uri } = m.contacts()[0]!;
      assert.deepEqual(uri.kind === 'sip' && uriHeaders(uri), [{ name: 'Route', value: '<sip:sip.example.com>' }]);
    },
  },
  {
    name: 'sdp01',
    section: '3.3.15',
    verdict: 'accept',
    note: 'well-formed; a user agent that can only answer with SDP says 406',
    request: (m) => assert.equal(acceptsMediaType(m.headers('Accept'), 'application/sdp'), false),
  },
  {
    name: 'inv2543',
    section: '3.4.1',
    verdict: 'accept',
    request(m) {
      assert.deepEqual(
        [m.topVia.branch, m.from.tag, m.maxForwards, m.header('Content-Length')],
        [undefined, undefined, undefined, undefined],
      );
      assert.equal(m.to.params.get('user'), 'phone', 'without brackets, a parameter of the header');
      assert.equal(m.body.length, 105);
    },
  },
];

const host = (m: SipRequest) =>
  m.requestUri.kind === 'sip' ? [m.requestUri.hostKind, m.requestUri.host, m.requestUri.port] : [];
const wrongLength = 'the RFC prints a Content-Length that is not that of its body';

const rfc5118: readonly Row[] = [
  {
    name: 'ipv6-good',
    section: '4.1',
    verdict: 'accept',
    request: (m) => assert.deepEqual(host(m), ['ipv6', '[2001:db8::10]', undefined]),
  },
  { name: 'ipv6-bad', section: '4.2', verdict: 400, reason: 'Request-URI' },
  {
    name: 'port-ambiguous',
    section: '4.3',
    verdict: 'accept',
    request: (m) => assert.deepEqual(host(m), ['ipv6', '[2001:db8::10:5070]', undefined]),
  },
  {
    name: 'port-unambiguous',
    section: '4.4',
    verdict: 'accept',
    request: (m) => assert.deepEqual(host(m), ['ipv6', '[2001:db8::10]', 5070]),
  },
  {
    name: 'via-received-param-with-delim',
    section: '4.5',
    verdict: 'accept',
    request: (m) => assert.deepEqual([m.topVia.host, m.topVia.received], ['[2001:db8::9:1]', '2001:db8::9:255']),
  },
  {
    name: 'via-received-param-no-delim',
    section: '4.5',
    verdict: 'accept',
    request: (m) => assert.deepEqual([m.topVia.host, m.topVia.received], ['[2001:db8::9:1]', '2001:db8::9:255']),
  },
  {
    name: 'ipv6-in-sdp',
    section: '4.6',
    verdict: 400,
    reason: 'Content-Length',
    note: `expected failure: ${wrongLength} (268 for 251)`,
  },
  {
    name: 'mult-ip-in-header',
    section: '4.7',
    verdict: 'accept',
    request: (m) =>
      assert.deepEqual(
        m.vias().map((via) => [via.host, via.port, via.received]),
        [
          ['[2001:db8::9:1]', 6050, undefined],
          ['192.0.2.1', undefined, undefined],
          ['[2001:db8::9:255]', undefined, '192.0.2.200'],
        ],
      ),
  },
  {
    name: 'mult-ip-in-sdp',
    section: '4.8',
    verdict: 'accept',
    note: `${wrongLength} (181 for 189): the rest is cut off`,
    request: (m) => assert.equal(m.body.length, 181),
  },
  {
    name: 'ipv4-mapped-ipv6',
    section: '4.9',
    verdict: 'accept',
    note: `${wrongLength} (236 for 245): the rest is cut off`,
    request(m) {
      assert.deepEqual([m.topVia.host, m.topVia.port], ['[::ffff:192.0.2.10]', 19823]);
      const { uri } = m.contacts()[0]!;
      assert.equal(uri.kind === 'sip' && uri.host, '[::ffff:192.0.2.2]');
    },
  },
  {
    name: 'ipv6-bug-abnf-3-colons',
    section: '4.10',
    verdict: 400,
    reason: 'To',
    note: 'expected failure: the RFC lets a robust parser take what the faulty grammar made, three colons; RFC 5954 has mended the grammar',
  },
  {
    name: 'ipv6-correct-abnf-2-colons',
    section: '4.10',
    verdict: 'accept',
    request: (m) => assert.deepEqual(host(m), ['ipv6', '[2001:db8::192.0.2.1]', undefined]),
  },
];

function checkRow(source: string, row: Row): void {
  const bytes = load(source, row.name);
  const result = parseMessage(bytes);
  if (!result.ok) {
    const { failure } = result;
    if (row.verdict === 'drop') {
      assert.equal(failure.partial, undefined, 'a response is not answered');
      return;
    }
    assert.equal(failure.status, row.verdict, failure.reason);
    assert.ok(failure.reason.includes(row.reason ?? ''), failure.reason);
    const answer = text(formatRejection(failure)!.bytes);
    assert.ok(answer.startsWith(`SIP/2.0 ${row.verdict} ${failure.reason}\r\n`), answer);
    assert.ok(parseMessage(bytes).ok === false);
    return;
  }
  const { message } = result;
  const length = message.head.end + message.body.length;
  assert.deepEqual(formatMessage(message), bytes.subarray(0, length), 'comes out byte for byte');
  assert.deepEqual(
    edit(message).done().rows(),
    [...message.rows(), ...addedLength(message)],
    'an edit that changes nothing changes nothing',
  );
  if (message.kind === 'response') {
    assert.equal(row.verdict, 'accept');
    row.response!(message);
    return;
  }
  const policy = row.verdict === 501 || row.policy !== undefined ? { ...server, ...row.policy } : anyMethod;
  const rejection = checkRequest(message, policy);
  const said = rejection?.reason ?? '';
  assert.equal(rejection?.status ?? 'accept', row.verdict, said);
  assert.ok(said.includes(row.reason ?? ''), said);
  row.request?.(message);
}

function addedLength(message: SipRequest | SipResponse): { name: string; value: string }[] {
  return message.header('Content-Length') === undefined
    ? [{ name: 'Content-Length', value: `${message.body.length}` }]
    : [];
}

for (const row of rfc4475) test(`RFC 4475 §${row.section} ${row.name}: ${row.verdict}`, () => checkRow('rfc4475', row));
for (const row of rfc5118) test(`RFC 5118 §${row.section} ${row.name}: ${row.verdict}`, () => checkRow('rfc5118', row));

test('RFC 5118: the three messages whose Content-Length is wrong, with the right one', () => {
  for (const [name, size] of [
    ['ipv6-in-sdp', 251],
    ['mult-ip-in-sdp', 189],
    ['ipv4-mapped-ipv6', 245],
  ] as const) {
    const mended = text(load('rfc5118', name)).replace(/Content-Length: \d+/, `Content-Length: ${size}`);
    const result = parseMessage(new Uint8Array(Buffer.from(mended, 'latin1')));
    assert.ok(result.ok && result.message.kind === 'request');
    assert.equal(result.message.body.length, size);
    assert.equal(checkRequest(result.message, server), undefined);
  }
});

test('every vector file has its row: 49 of RFC 4475, 12 of RFC 5118', () => {
  const filesOf = (source: string): string[] =>
    readdirSync(new URL(source, folder))
      .map((file) => file.replace(/\.sip$/, ''))
      .sort();
  assert.deepEqual(filesOf('rfc4475'), rfc4475.map(({ name }) => name).sort());
  assert.deepEqual(filesOf('rfc5118'), rfc5118.map(({ name }) => name).sort());
  assert.deepEqual([rfc4475.length, rfc5118.length], [49, 12]);
});
