import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@ringdown/testkit';
import { formatDiversion, parseDiversion } from './diversion.ts';
import { diversionsOf, historyOf } from './diverted-history.ts';
import { addHistory, formatHistoryEntry, hideHistoryEntry, parseHistory, parseHistoryEntry } from './history-info.ts';
import { formatAlertUrn, formatLinkedUri, parseAlertUrn, parseLinkedUri } from './linked-uri.ts';
import { createSessionUuid, formatSessionId, isSessionUuid, nilSessionId, parseSessionId } from './session-id.ts';
import { bytesOfUserToUser, formatUserToUser, parseUserToUser } from './user-to-user.ts';

test('RFC 7044 §5: an entry of History-Info, with what stands in its URI', () => {
  const entry = parseHistoryEntry(
    '"Bob" <sip:bob@192.0.2.4;cause=408?Reason=SIP%3Bcause%3D408%3Btext%3D%22gone%22&Privacy=history>;index=1.2.1;mp=1.2;x=y',
  );
  assert.deepEqual(entry, {
    uri: 'sip:bob@192.0.2.4;cause=408',
    displayName: 'Bob',
    index: '1.2.1',
    step: 'mp',
    madeOf: '1.2',
    cause: 408,
    reasons: [{ protocol: 'SIP', cause: 408, text: 'gone' }],
    isPrivate: true,
  });
  const plain = parseHistoryEntry('<tel:+4930123;cause=302>;index=1');
  assert.deepEqual(
    [plain?.uri, plain?.cause, plain?.step, plain?.isPrivate],
    ['tel:+4930123;cause=302', 302, undefined, false],
  );
});

test('RFC 7044 §5: what is no entry is none', () => {
  const bad = [
    '',
    '<sip:a@h>',
    '<sip:a@h>;index',
    '<sip:a@h>;index=',
    '<sip:a@h>;index=1.',
    '<sip:a@h>;index=a',
    '<sip:a@h>;index=99999',
    `<sip:a@h>;index=1${'.1'.repeat(32)}`,
    'sip:a@h index=1',
  ];
  for (const text of bad) assert.equal(parseHistoryEntry(text), undefined, text);
  assert.deepEqual(
    parseHistory(['<sip:a@h>;index=1', 'broken', '<sip:b@h;cause=many>;index=1.1']).map(({ uri, cause }) => [
      uri,
      cause,
    ]),
    [
      ['sip:a@h', undefined],
      ['sip:b@h;cause=many', undefined],
    ],
  );
});

test('RFC 7044 §9: where a request is sent on, the history has where it came to and where it goes', () => {
  const first = addHistory([], { received: 'sip:+4930123@pbx.test', target: 'sip:100@pbx.test', step: 'mp' });
  assert.deepEqual(first.map(formatHistoryEntry), [
    '<sip:+4930123@pbx.test>;index=1',
    '<sip:100@pbx.test>;index=1.1;mp=1',
  ]);
  const second = addHistory(first, {
    received: 'sip:100@pbx.test;user=phone',
    target: 'sip:+49170@carrier.test',
    step: 'mp',
    cause: 302,
  });
  assert.deepEqual(second.map(formatHistoryEntry), ['<sip:+49170@carrier.test;cause=302>;index=1.1.1;mp=1.1']);
  const elsewhere = addHistory(first, {
    received: 'sip:200@pbx.test',
    target: 'sip:200@192.0.2.7',
    step: 'rc',
    branch: 2,
  });
  assert.deepEqual(elsewhere.map(formatHistoryEntry), [
    '<sip:200@pbx.test>;index=1.1.1',
    '<sip:200@192.0.2.7>;index=1.1.1.2;rc=1.1.1',
  ]);
});

test('RFC 7044 §10.1.2: an entry that is not to be told keeps its place and its cause', () => {
  const hidden = hideHistoryEntry({
    uri: 'sip:boss@pbx.test;cause=486',
    displayName: 'Boss',
    index: '1.1',
    step: 'mp',
    madeOf: '1',
    cause: 486,
  });
  assert.equal(formatHistoryEntry(hidden), '<sip:anonymous@anonymous.invalid;cause=486>;index=1.1;mp=1');
});

test('RFC 5806 §4.1: Diversion', () => {
  const diversion = parseDiversion(
    '"Ada" <sip:+4930123@gw>;reason=No-Answer;counter=2;limit=5;privacy="full";screen=no',
  );
  assert.deepEqual(diversion, {
    uri: 'sip:+4930123@gw',
    displayName: 'Ada',
    reason: 'no-answer',
    counter: 2,
    limit: 5,
    isPrivate: true,
  });
  assert.equal(
    formatDiversion({ uri: 'sip:a@h', reason: 'user-busy', counter: 1, isPrivate: false }),
    '<sip:a@h>;reason=user-busy;counter=1;privacy=off',
  );
  const bare = parseDiversion('<tel:+4930123>;counter=many');
  assert.deepEqual([bare?.reason, bare?.counter, bare?.limit, bare?.isPrivate], ['unknown', 1, undefined, false]);
  assert.equal(parseDiversion('nobody'), undefined);
});

test('RFC 7544: the diversions of a history, the last one first, and back', () => {
  const history = parseHistory([
    '<sip:100@h>;index=1',
    '<sip:101@h;cause=486>;index=1.1;mp=1',
    '<sip:101@192.0.2.9>;index=1.1.1;rc=1.1',
    '<sip:102@h;cause=408>;index=1.2;mp=1.1',
  ]);
  const diversions = diversionsOf(history);
  assert.deepEqual(
    diversions.map(({ uri, reason }) => [uri, reason]),
    [
      ['sip:101@h', 'no-answer'],
      ['sip:100@h', 'user-busy'],
    ],
  );
  assert.deepEqual(historyOf(diversions, 'sip:102@h').map(formatHistoryEntry), [
    '<sip:100@h>;index=1',
    '<sip:101@h;cause=486>;index=1.1;mp=1',
    '<sip:102@h;cause=408>;index=1.1.1;mp=1.1',
  ]);
  assert.deepEqual(historyOf([], 'sip:102@h'), []);
  const follow = { uri: 'sip:a@h', reason: 'follow-me', counter: 1, isPrivate: false };
  assert.equal(historyOf([follow], 'sip:b@h')[1]?.cause, 404);
});

test('RFC 7433 §4.1: User-to-User', () => {
  const uui = parseUserToUser('56a390f3d2b7310023a2;encoding=HEX;purpose=foo;content=bar');
  assert.deepEqual(uui, { data: '56a390f3d2b7310023a2', encoding: 'hex', purpose: 'foo', content: 'bar' });
  assert.equal(formatUserToUser(uui!), '56a390f3d2b7310023a2;purpose=foo;content=bar;encoding=hex');
  assert.deepEqual([...(bytesOfUserToUser({ data: '04C8ff' }) ?? [])], [4, 200, 255]);
  for (const data of ['04C', 'xyz0']) assert.equal(bytesOfUserToUser({ data }), undefined);
  assert.equal(bytesOfUserToUser({ data: '04', encoding: 'base64' }), undefined);
  const quoted = parseUserToUser('"a, \\"b\\"; c";encoding=text');
  assert.equal(quoted?.data, 'a, "b"; c');
  assert.equal(formatUserToUser(quoted!), '"a, \\"b\\"; c";encoding=text');
  for (const text of ['', ';encoding=hex', 'a b', '"open']) assert.equal(parseUserToUser(text), undefined, text);
});

test('RFC 7989 §5: Session-ID, and that of RFC 7329', () => {
  const [a, b] = ['ab30317f1a784dc48ff824d0d3715d86', '47755a9de7794ba387653f2099600ef2'];
  assert.deepEqual(parseSessionId(`${a};remote=${b};x=1`), { local: a, remote: b });
  assert.deepEqual(parseSessionId(a), { local: a, remote: undefined });
  assert.deepEqual(parseSessionId(`${a.toUpperCase()};remote=${nilSessionId}`), { local: a, remote: nilSessionId });
  for (const text of ['', nilSessionId, a.slice(1), `${a}0`, `${a};remote=x`, `${a.slice(1)}g`, `;remote=${b}`])
    assert.equal(parseSessionId(text), undefined, text);
  assert.deepEqual([formatSessionId(a), formatSessionId(a, b)], [`${a};remote=${nilSessionId}`, `${a};remote=${b}`]);
});

test('RFC 7989 §4.1, RFC 4122 §4.4: a new identifier is a UUID of version 4', () => {
  const random = new SeededRandom(3);
  const made = Array.from({ length: 50 }, () => createSessionUuid(random));
  assert.equal(new Set(made).size, 50);
  for (const uuid of made) {
    assert.ok(isSessionUuid(uuid), uuid);
    assert.match(uuid, /^.{12}4.{3}[89ab]/);
  }
});

test('RFC 7462 §4, RFC 3261 §20.4, §20.9: Alert-Info and Call-Info', () => {
  const alert = parseLinkedUri('<urn:alert:service:call-waiting>;appearance=2');
  assert.deepEqual([alert?.uri, alert?.params.get('appearance')], ['urn:alert:service:call-waiting', '2']);
  assert.deepEqual(parseAlertUrn('URN:alert:Service:call-waiting'), {
    category: 'service',
    indications: ['call-waiting'],
  });
  assert.equal(formatAlertUrn({ category: 'source', indications: ['internal'] }), 'urn:alert:source:internal');
  for (const uri of ['urn:alert:source', 'urn:x:source:internal', 'http://h/ring.wav', 'urn:alert::x', 'urn:alert:a:'])
    assert.equal(parseAlertUrn(uri), undefined, uri);
  assert.equal(parseLinkedUri('<http://h/photo.jpg> ;purpose=Icon')?.purpose, 'icon');
  for (const text of ['Bellcore-dr1', '<nowhere>', '', 'info=alert'])
    assert.equal(parseLinkedUri(text), undefined, text);
  assert.equal(
    formatLinkedUri({ uri: 'urn:alert:source:external', params: { info: 'x' } }),
    '<urn:alert:source:external>;info=x',
  );
});
