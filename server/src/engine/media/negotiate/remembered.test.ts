/** What was made for one call is taken for the next of the same phones: it must say the same as what is made anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp, type SessionDescription } from '@ringdown/sdp';
import { type AnswerAcross, answerAcross } from './answer.ts';
import type { LocalPort } from './negotiation.ts';
import { offerAcross } from './offer.ts';
import { streamSettings } from './stream-settings.ts';

interface Said {
  readonly address: string;
  readonly port: number;
  readonly more?: string;
  readonly formats?: string;
}

function description({ address, port, more = '', formats = '0 8 101' }: Said): SessionDescription {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  const head = `v=0\r\no=- ${port} 1 IN ${family} ${address}\r\ns=-\r\nc=IN ${family} ${address}\r\nt=0 0\r\n`;
  const parsed = parseSdp(`${head}m=audio ${port} RTP/AVP ${formats}\r\na=rtpmap:101 telephone-event/8000\r\n${more}`);
  assert.ok(parsed.ok);
  return parsed.sdp;
}

const ports = (port: number, more: Partial<LocalPort> = {}): LocalPort[] => [
  { address: '192.0.2.1', port, rtcpPort: port + 1, rtcpMux: true, ...more },
];

/** Callers that differ in what must not, and in what may, be taken from each other. */
const callers: readonly Said[] = [
  { address: '198.51.100.5', port: 4000 },
  { address: '198.51.100.5', port: 4002 },
  { address: '198.51.100.6', port: 4000 },
  { address: '2001:db8::6', port: 4000 },
  { address: '0.0.0.0', port: 4000 },
  { address: '198.51.100.5', port: 4000, more: 'a=sendonly\r\n' },
  { address: '198.51.100.5', port: 4000, more: 'c=IN IP4 198.51.100.9\r\na=rtcp:4009\r\n' },
  { address: '198.51.100.5', port: 4000, formats: '8 101' },
  { address: '198.51.100.5', port: 0 },
  { address: '224.0.0.1', port: 4000 },
];
const policies = [['PCMU', 'PCMA'], ['PCMA']] as const;
const locals = [
  ports(10_000),
  ports(10_002),
  ports(10_000, { address: '203.0.113.1' }),
  ports(10_000, { rtcpPort: 7 }),
];

for (const round of ['first', 'again'])
  test(`offers and answers, ${round}: the same as made anew`, () => {
    for (const caller of callers)
      for (const policy of policies)
        for (const local of locals) {
          const request = { source: description(caller), policy, local };
          // With attributes to be kept nothing is remembered.
          const offer = offerAcross(request);
          assert.deepEqual(offer, offerAcross({ ...request, keep: [] }));
          if (!offer.ok) continue;
          for (const callee of callers) {
            const answering: AnswerAcross = {
              offer: request.source,
              farOffer: offer.description,
              farAnswer: description({ ...callee, formats: '8 101' }),
              local: ports(12_000 + callee.port),
              farState: offer.state,
            };
            assert.deepEqual(answerAcross(answering), answerAcross({ ...answering, keep: [] }));
          }
        }
  });

test('a stream is told the address and port of this very call', () => {
  for (const caller of callers) {
    const remote = description(caller);
    const made = offerAcross({ source: remote, policy: ['PCMU'], local: ports(10_000) });
    if (!made.ok) continue;
    const found = streamSettings(made.description, remote, 0);
    assert.deepEqual(found, streamSettings(made.description, structuredClone(remote), 0));
    if (found !== null) assert.equal(found.remote.port, caller.port);
  }
  const settings = callers.slice(0, 4).map((caller) => {
    const made = offerAcross({ source: description(caller), policy: ['PCMU'], local: ports(10_000) });
    return made.ok ? streamSettings(made.description, description(caller), 0)?.remote : undefined;
  });
  assert.deepEqual(
    settings,
    callers.slice(0, 4).map(({ address, port }) => ({ address, port })),
  );
});

test('fifty kinds of phones, and calls that nobody repeats between theirs, do not make each other forgotten', () => {
  const of = (more: string) =>
    offerAcross({
      source: description({ address: '198.51.100.5', port: 4000, more }),
      policy: ['PCMU'],
      local: ports(10_000),
    });
  const states = (unique: string) =>
    Array.from({ length: 50 }, (_, kind) => {
      of(`a=crypto:${kind}${unique}\r\n`);
      const made = of(`a=tool:${kind}\r\n`);
      assert.ok(made.ok);
      return made.state;
    });
  const before = states('a');
  assert.ok(states('b').every((state, kind) => state === before[kind]));
});

test('what a peer has made large is not remembered', () => {
  const of = (length: number) => {
    const more = `a=tool:${'x'.repeat(length)}\r\n`;
    return offerAcross({
      source: description({ address: '198.51.100.5', port: 4000, more }),
      policy: ['PCMU'],
      local: ports(10_000),
    });
  };
  const [small, again] = [of(100), of(100)];
  const [large, other] = [of(1_000), of(1_000)];
  assert.ok(small.ok && again.ok && large.ok && other.ok);
  assert.equal(small.state, again.state);
  assert.notEqual(large.state, other.state);
  assert.deepEqual(large.state, other.state);
});
