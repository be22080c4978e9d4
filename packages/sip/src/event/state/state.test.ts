/** The documents of event packages: read, written, folded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConferenceInfo,
  ConferenceInfoFold,
  formatConferenceInfo,
  parseConferenceInfo,
} from './conference-info.ts';
import { type DialogEntry, DialogInfoFold, formatDialogInfo, parseDialogInfo } from './dialog-info.ts';
import { foldVersion } from './fold-version.ts';
import { formatMessageSummary, parseMessageSummary } from './message-summary.ts';
import { formatPidf, parsePidf } from './pidf.ts';
import { formatReginfo, parseReginfo, ReginfoFold, type RegisteredContactEntry } from './reginfo.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** Without what says nothing. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test('RFC 3863 §4: a presence document is read, and what it holds beside PIDF goes on as it was', () => {
  const text = `<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
   xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" entity="pres:a@example.com">
  <tuple id="t1"><status><basic>open</basic></status>
    <r:mood><r:happy/></r:mood>
    <contact priority="0.8">sip:a@192.0.2.1</contact><note xml:lang="en">Lunch &amp; more</note>
    <timestamp>2026-01-01T00:00:00Z</timestamp></tuple>
  <dm:person id="p1"><r:activities><r:on-the-phone/></r:activities></dm:person>
</presence>`;
  const pidf = parsePidf(encode(text)) ?? assert.fail();
  assert.equal(pidf.entity, 'pres:a@example.com');
  assert.deepEqual(
    pidf.tuples.map(({ id, basic, contact, priority, notes, timestamp }) => ({
      id,
      basic,
      contact,
      priority,
      notes,
      timestamp,
    })),
    [
      {
        id: 't1',
        basic: 'open',
        contact: 'sip:a@192.0.2.1',
        priority: 0.8,
        notes: ['Lunch & more'],
        timestamp: '2026-01-01T00:00:00Z',
      },
    ],
  );
  assert.deepEqual(
    pidf.extensions?.map(({ name }) => name),
    ['person'],
  );
  assert.deepEqual(parsePidf(formatPidf(pidf)), pidf);
});

test('RFC 3863 §4: what is no presence document is none', () => {
  const inside = (content: string) =>
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a">${content}</presence>`;
  assert.deepEqual(parsePidf(encode(inside('')))?.tuples, []);
  for (const text of [
    '',
    '<presence/>',
    inside('<tuple/>'),
    inside('<tuple id="a"><status><basic>maybe</basic></status></tuple>'),
  ])
    assert.equal(parsePidf(encode(text)), undefined, text);
});

const ringing: DialogEntry = {
  id: 'd1',
  phase: 'early',
  direction: 'recipient',
  local: { identity: 'sip:alice@example.com', display: 'Alice "A"' },
  remote: { identity: 'sip:bob@example.com', target: 'sip:bob@192.0.2.4' },
};

test('RFC 4235 §4.1: dialogs are written as they are read', () => {
  const info = { entity: 'sip:alice@example.com', version: 7, isFull: false, dialogs: [ringing] };
  assert.deepEqual(plain(parseDialogInfo(formatDialogInfo(info))), plain(info));
  const over = { ...ringing, phase: 'terminated' as const, event: 'rejected', code: 486, durationSec: 12, callId: 'x' };
  assert.deepEqual(plain(parseDialogInfo(formatDialogInfo({ ...info, dialogs: [over] }))?.dialogs), plain([over]));
});

test('RFC 4235 §4.1: a document without version, state or with a phase that is none is refused', () => {
  const rows = [
    '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" state="full" entity="sip:a"/>',
    '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="some" entity="sip:a"/>',
    '<dialog-info version="1" state="full" entity="sip:a"/>',
    '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="full" entity="sip:a"><dialog id="1"><state>odd</state></dialog></dialog-info>',
  ];
  for (const row of rows) assert.equal(parseDialogInfo(encode(row)), undefined, row);
});

test('RFC 4235 §4.3: partial documents are folded in order; a gap asks for the whole', () => {
  const fold = new DialogInfoFold();
  const take = (version: number, isFull: boolean, ...dialogs: DialogEntry[]) =>
    fold.take({ entity: 'sip:a', version, isFull, dialogs });
  assert.equal(take(3, false, ringing), 'lost', 'nothing is known yet');
  assert.equal(take(4, true, ringing), 'taken');
  assert.equal(fold.isBusy, true);
  assert.equal(take(5, false, { ...ringing, id: 'd2', phase: 'confirmed' }), 'taken');
  assert.deepEqual(
    fold.dialogs.map(({ id, phase }) => `${id} ${phase}`),
    ['d1 early', 'd2 confirmed'],
  );
  assert.equal(take(5, false), 'old');
  assert.equal(take(7, false), 'lost');
  assert.equal(take(6, false, { ...ringing, phase: 'terminated' }), 'taken');
  assert.equal(take(7, false), 'taken');
  assert.deepEqual(
    fold.dialogs.map(({ id }) => id),
    ['d2'],
    'who ended is told once',
  );
  assert.equal(take(20, true), 'taken');
  assert.equal(fold.isBusy, false);
  assert.equal(foldVersion(null, 0, true), 'taken');
});

test('RFC 3842 §5.2: waiting messages', () => {
  const text =
    'Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 4/8 (1/2)\r\nFax-Message: 2/0\r\nX: y\r\n';
  const summary = parseMessageSummary(encode(text)) ?? assert.fail();
  assert.deepEqual(summary, {
    isWaiting: true,
    account: 'sip:alice@vmail.example.com',
    counts: { voice: { new: 4, old: 8, urgentNew: 1, urgentOld: 2 }, fax: { new: 2, old: 0 } },
  });
  assert.deepEqual(parseMessageSummary(formatMessageSummary(summary))?.counts.voice, summary.counts.voice);
  assert.equal(
    decode(formatMessageSummary({ isWaiting: false, counts: { voice: { new: 0, old: 0 } } })),
    'Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n',
  );
  assert.equal(parseMessageSummary(encode('Voice-Message: 1/1')), undefined);
  assert.equal(
    decode(formatMessageSummary({ isWaiting: false, account: 'a\r\nb', counts: {} })),
    'Messages-Waiting: no\r\n',
  );
});

test('RFC 3680 §5: registrations, whole and in part', () => {
  const contact: RegisteredContactEntry = {
    id: 'c1',
    state: 'active',
    event: 'registered',
    uri: 'sip:a@192.0.2.1',
    expiresSec: 60,
    q: '0.5',
  };
  const registration = { aor: 'sip:a@example.com', id: 'r1', state: 'active' as const, contacts: [contact] };
  const full = { version: 0, isFull: true, registrations: [registration] };
  assert.deepEqual(plain(parseReginfo(formatReginfo(full))), plain(full));
  const fold = new ReginfoFold();
  assert.equal(fold.take(full), 'taken');
  const other = { ...contact, id: 'c2' };
  const gone = { ...contact, state: 'terminated' as const, event: 'expired' as const };
  assert.equal(
    fold.take({ version: 1, isFull: false, registrations: [{ ...registration, contacts: [other, gone] }] }),
    'taken',
  );
  assert.deepEqual(
    fold.registrations[0]?.contacts.map(({ id }) => id),
    ['c2'],
  );
  assert.equal(fold.take({ version: 3, isFull: false, registrations: [] }), 'lost');
  assert.equal(
    parseReginfo(encode('<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="a" state="full"/>')),
    undefined,
  );
});

test('RFC 4575 §4.5: a conference, and users who come, change and go', () => {
  const endpoint = {
    entity: 'sip:a@192.0.2.1',
    state: 'full' as const,
    status: 'connected',
    media: [{ id: '1', type: 'audio', status: 'sendrecv' }],
  };
  const alice = { entity: 'sip:a@example.com', state: 'full' as const, displayText: 'Alice', endpoints: [endpoint] };
  const whole: ConferenceInfo = {
    entity: 'sip:room@example.com',
    version: 1,
    state: 'full',
    subject: 'Talk',
    userCount: 1,
    isActive: true,
    isLocked: false,
    users: [alice],
  };
  assert.deepEqual(plain(parseConferenceInfo(formatConferenceInfo(whole))), plain(whole));
  const fold = new ConferenceInfoFold();
  fold.take(whole);
  const held = {
    ...alice,
    state: 'partial' as const,
    displayText: undefined,
    endpoints: [{ entity: endpoint.entity, state: 'partial' as const, status: 'on-hold', media: [] }],
  };
  const bob = { ...alice, entity: 'sip:b@example.com', displayText: 'Bob' };
  const partial = {
    ...whole,
    version: 2,
    state: 'partial' as const,
    subject: undefined,
    userCount: 2,
    users: [held, bob],
  };
  assert.equal(fold.take(partial), 'taken');
  assert.equal(fold.info?.subject, 'Talk');
  assert.deepEqual(
    fold.info?.users.map(
      ({ displayText, endpoints }) => `${displayText} ${endpoints[0]?.status} ${endpoints[0]?.media.length}`,
    ),
    ['Alice on-hold 1', 'Bob connected 1'],
  );
  const left = { ...alice, state: 'deleted' as const, endpoints: [] };
  assert.equal(fold.take({ ...partial, version: 3, users: [left] }), 'taken');
  assert.deepEqual(
    fold.info?.users.map(({ displayText }) => displayText),
    ['Bob'],
  );
  assert.equal(fold.take({ ...partial, version: 5 }), 'lost');
});
