/** Messages and who is writing one (RFC 3428, RFC 3994). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildRequest,
  Composing,
  ComposingWatch,
  formatIsComposing,
  type IsComposing,
  parseIsComposing,
  readPagerMessage,
} from '@ringdown/sip';
import { VirtualClock } from '@ringdown/testkit';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const ns = 'urn:ietf:params:xml:ns:im-iscomposing';
const composing = (content: string) =>
  bytesOf(`<?xml version="1.0"?><isComposing xmlns="${ns}">${content}</isComposing>`);

test('RFC 3994 §5: the examples of the RFC are read', () => {
  const active = parseIsComposing(
    bytesOf(`<?xml version="1.0" encoding="UTF-8"?>
      <isComposing xmlns="${ns}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:schemaLocation="${ns} iscomposing.xsd">
        <state>active</state>
        <contenttype>text/plain</contenttype>
        <refresh>90</refresh>
      </isComposing>`),
  );
  assert.deepEqual(active, { state: 'active', refreshSec: 90, lastActive: undefined, contentType: 'text/plain' });
  const idle = parseIsComposing(
    composing('<state>idle</state><lastactive>2003-01-27T10:43:00Z</lastactive><contenttype>audio</contenttype>'),
  );
  assert.deepEqual(idle, {
    state: 'idle',
    refreshSec: undefined,
    lastActive: '2003-01-27T10:43:00Z',
    contentType: 'audio',
  });
});

const documents: readonly [what: string, bytes: Uint8Array, state: string | undefined][] = [
  ['a state that nobody knows is idle', composing('<state>dreaming</state>'), 'idle'],
  ['what other namespaces add is passed over', composing('<x xmlns="urn:x">1</x><state> active </state>'), 'active'],
  ['no state', composing('<refresh>90</refresh>'), undefined],
  ['another root', bytesOf(`<composing xmlns="${ns}"><state>active</state></composing>`), undefined],
  ['no namespace', bytesOf('<isComposing><state>active</state></isComposing>'), undefined],
  ['no XML', bytesOf('active'), undefined],
  [
    'a DOCTYPE',
    bytesOf(`<!DOCTYPE a [<!ENTITY b "c">]><isComposing xmlns="${ns}"><state>&b;</state></isComposing>`),
    undefined,
  ],
  ['too much of it', composing(`<state>active</state>${' '.repeat(10_000)}`), undefined],
];
for (const [what, bytes, state] of documents)
  test(`RFC 3994 §4: ${what}`, () => {
    assert.equal(parseIsComposing(bytes)?.state, state);
  });

test('RFC 3994 §4: what is written is read as it was', () => {
  const all: IsComposing = {
    state: 'active',
    refreshSec: 60,
    lastActive: '2026-01-01T00:00:00Z',
    contentType: 'text/x;a="<b>"',
  };
  assert.deepEqual(parseIsComposing(formatIsComposing(all)), all);
  assert.equal(parseIsComposing(formatIsComposing({ state: 'idle' }))?.state, 'idle');
});

function writer(refreshSec?: number) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const say = ({ state, refreshSec: sec }: IsComposing) =>
    void said.push(`${clock.nowMs() / 1000} ${state} ${sec ?? ''}`.trim());
  const machine = new Composing({ clock, say, ...(refreshSec === undefined ? {} : { refreshSec }) });
  /** A key each second. */
  const type = (seconds: number) => {
    for (let at = 0; at < seconds; at += 1) {
      machine.typed();
      clock.advance(1_000);
    }
  };
  return { clock, said, machine, type };
}

test('RFC 3994 §3.2: the first key says active, each refresh again while keys are pressed, 15 s without one idle', () => {
  const { clock, said, type } = writer(90);
  type(100);
  clock.advance(20_000);
  assert.deepEqual(said, ['0 active 90', '90 active 90', '114 idle']);
  assert.equal(clock.armedCount, 0);
});

test('RFC 3994 §3.2: a message that is sent ends it without a word; what is taken away says idle', () => {
  const { clock, said, machine, type } = writer();
  type(3);
  machine.sent();
  clock.advance(300_000);
  type(1);
  machine.cleared();
  machine.cleared();
  clock.advance(300_000);
  assert.deepEqual(
    [said, machine.isActive, clock.armedCount],
    [['0 active 120', '303 active 120', '304 idle'], false, 0],
  );
});

test('RFC 3994 §3.3: nobody refreshes more often than once a minute', () => {
  const { said, type } = writer(5);
  type(61);
  assert.deepEqual(said, ['0 active 60', '60 active 60']);
});

test('RFC 3994 §3.3: the other side writes until it says otherwise, its message comes, or it falls silent', () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const watch = new ComposingWatch({ clock, onChange: (is) => void seen.push(`${clock.nowMs() / 1000} ${is}`) });
  watch.received({ state: 'active', refreshSec: 60 });
  clock.advance(50_000);
  watch.received({ state: 'active', refreshSec: 60 });
  clock.advance(100_000);
  watch.received({ state: 'active', refreshSec: 1 });
  clock.advance(30_000);
  watch.messageReceived();
  watch.received({ state: 'active' });
  clock.advance(119_000);
  watch.received({ state: 'idle' });
  watch.received({ state: 'idle' });
  watch.received({ state: 'active' });
  clock.advance(500_000);
  assert.deepEqual(seen, [
    '0 true',
    '110 false',
    '150 true',
    '180 false',
    '180 true',
    '299 false',
    '299 true',
    '419 false',
  ]);
  assert.equal(clock.armedCount, 0);
});

const messageOf = (headers: readonly (readonly [string, string])[], body: Uint8Array) =>
  readPagerMessage(
    buildRequest({ method: 'MESSAGE', uri: 'sip:a.test', headers: [['From', '<sip:x@a.test>'], ...headers], body }),
  );

test('RFC 3428 §7: text by its charset, when it was sent, how long it is of use', () => {
  const message = messageOf(
    [
      ['Content-Type', 'text/plain; charset=ISO-8859-1'],
      ['Date', 'Thu, 01 Jan 2026 00:00:10 GMT'],
      ['Expires', '60'],
    ],
    Uint8Array.of(0xe4),
  );
  assert.deepEqual([message.text, message.sentUtcMs, message.expiresSec], ['ä', Date.UTC(2026, 0, 1, 0, 0, 10), 60]);
  assert.equal(messageOf([], bytesOf('ü')).text, 'ü');
  assert.equal(messageOf([['Content-Type', 'text/plain;charset=klingon']], bytesOf('x')).text, undefined);
  assert.equal(messageOf([['Content-Type', 'message/cpim']], bytesOf('x')).text, undefined);
  assert.equal(messageOf([['Date', 'yesterday']], bytesOf('x')).sentUtcMs, undefined);
});
