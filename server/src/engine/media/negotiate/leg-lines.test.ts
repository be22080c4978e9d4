import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCodecs, type SessionDescription } from '@ringdown/sdp';
import fc from 'fast-check';
import { type LegMediaState, noLines, untied } from './leg-lines.ts';
import { linesForOffer, offerAcross } from './offer.ts';
import { exchange, type Leg, legOf, portsAt, said, sdpOf } from './two-legs.ts';

const codecs = ['opus', 'PCMU', 'PCMA', 'G722'];
const legs = (): [Leg, Leg] => [
  legOf(codecs, portsAt('203.0.113.9', 10000, 8)),
  legOf(codecs, portsAt('203.0.113.9', 20000, 8)),
];
const audio = (...formats: readonly number[]): string => `m=audio 4000 RTP/AVP ${formats.join(' ')}`;
const lineHeads = (sdp: SessionDescription): string[] => said(sdp).filter((line) => line.startsWith('m='));
const agrees = (offer: SessionDescription): SessionDescription => ({
  ...offer,
  media: offer.media.map((line) => (line.port === 0 ? line : { ...line, port: 5000 })),
});

test('RFC 3264 §8.3.2: a codec that comes back has the number it had on that leg', () => {
  const [a, b] = legs();
  const opus = 'a=rtpmap:96 opus/48000/2';
  exchange(a, b, sdpOf('192.0.2.1', audio(96, 0), opus), agrees);
  exchange(a, b, sdpOf('192.0.2.1', audio(0)), agrees);
  const third = exchange(a, b, sdpOf('192.0.2.1', audio(97, 0), 'a=rtpmap:97 opus/48000/2'), agrees);
  assert.ok(third.ok);
  assert.deepEqual(lineHeads(third.farOffer), ['m=audio 20000 RTP/AVP 96 0']);
  assert.deepEqual(lineHeads(third.answer), ['m=audio 10000 RTP/AVP 97']);
});

test('RFC 3264 §8.3.2: a number that meant another codec is not used again, in offers nor in answers', () => {
  const [a, b] = legs();
  exchange(a, b, sdpOf('192.0.2.1', audio(96), 'a=rtpmap:96 opus/48000/2'), agrees);
  const again = exchange(a, b, sdpOf('192.0.2.1', audio(96), 'a=rtpmap:96 PCMA/8000'), agrees);
  assert.ok(again.ok);
  assert.deepEqual(lineHeads(again.farOffer), ['m=audio 20000 RTP/AVP 97']);
  assert.deepEqual(lineHeads(again.answer), ['m=audio 10000 RTP/AVP 97']);
});

test('two codecs never share a number', () => {
  const [a, b] = legs();
  exchange(b, a, sdpOf('192.0.2.2', audio(101), 'a=rtpmap:101 opus/48000/2'), agrees);
  const offer = sdpOf('192.0.2.1', audio(0, 101), 'a=rtpmap:101 telephone-event/8000');
  const crossed = exchange(a, b, offer, agrees);
  assert.ok(crossed.ok);
  const line = crossed.farOffer.media[0];
  assert.ok(line);
  assert.deepEqual(
    readCodecs(line).map(({ payloadType, name }) => `${payloadType} ${name}`),
    ['0 PCMU', '96 TELEPHONE-EVENT'],
  );
});

test('a line that is taken away stays, off; and is used anew', () => {
  const [a, b] = legs();
  const video = ['m=video 4002 RTP/AVP 34'];
  exchange(a, b, sdpOf('192.0.2.1', audio(0), ...video), agrees);
  const without = exchange(a, b, sdpOf('192.0.2.1', audio(0), 'm=video 0 RTP/AVP 34'), agrees);
  assert.ok(without.ok);
  assert.deepEqual(lineHeads(without.farOffer), ['m=audio 20000 RTP/AVP 0', 'm=video 0 RTP/AVP 34']);
  assert.deepEqual(lineHeads(without.answer), ['m=audio 10000 RTP/AVP 0', 'm=video 0 RTP/AVP 34']);
  const recycled = exchange(a, b, sdpOf('192.0.2.1', audio(0), audio(8)), agrees);
  assert.ok(recycled.ok);
  assert.deepEqual(lineHeads(recycled.farOffer), ['m=audio 20000 RTP/AVP 0', 'm=audio 20010 RTP/AVP 8']);
});

test('another partner with other lines: this leg keeps its own, in its own order', () => {
  const [a, b] = legs();
  exchange(a, b, sdpOf('192.0.2.1', audio(0), 'm=video 4002 RTP/AVP 34'), agrees);
  const c = legOf(codecs, portsAt('203.0.113.9', 30000, 8));
  b.state = untied(b.state);
  const audioOnly = exchange(c, b, sdpOf('192.0.2.3', audio(8)), agrees);
  assert.ok(audioOnly.ok);
  assert.deepEqual(lineHeads(audioOnly.farOffer), ['m=audio 20000 RTP/AVP 8', 'm=video 0 RTP/AVP 34']);
  assert.deepEqual(lineHeads(audioOnly.answer), ['m=audio 30000 RTP/AVP 8']);
  b.state = untied(b.state);
  const d = legOf(codecs, portsAt('203.0.113.9', 40000, 8));
  const swapped = exchange(d, b, sdpOf('192.0.2.4', 'm=video 4000 RTP/AVP 34', audio(8)), agrees);
  assert.ok(swapped.ok);
  assert.deepEqual(lineHeads(swapped.farOffer), ['m=audio 20000 RTP/AVP 8', 'm=video 20010 RTP/AVP 34']);
  assert.deepEqual(lineHeads(swapped.answer), ['m=video 40000 RTP/AVP 34', 'm=audio 40010 RTP/AVP 8']);
  assert.deepEqual(
    [b.state, d.state].map((state) => state.lines.map((line) => line.far)),
    [
      [1, 0],
      [1, 0],
    ],
  );
});

test('what is not carried takes no line of a leg that counts otherwise', () => {
  const [a, b] = legs();
  exchange(a, b, sdpOf('192.0.2.1', audio(0), audio(0)), agrees);
  b.state = untied(b.state);
  const c = legOf(codecs, portsAt('203.0.113.9', 30000, 8));
  const result = exchange(c, b, sdpOf('192.0.2.3', 'm=image 4000 udptl t38', audio(0)), agrees);
  assert.ok(result.ok);
  assert.deepEqual(lineHeads(result.farOffer), ['m=audio 20000 RTP/AVP 0', 'm=audio 0 RTP/AVP 0']);
  assert.deepEqual(lineHeads(result.answer), ['m=image 0 udptl t38', 'm=audio 30010 RTP/AVP 0']);
});

test('a refused change takes nothing back: the state is a value, the one before still stands', () => {
  const [a, b] = legs();
  exchange(a, b, sdpOf('192.0.2.1', audio(0)), agrees);
  const before = structuredClone(b.state);
  const more = offerAcross({
    source: sdpOf('192.0.2.1', audio(0), 'm=video 4002 RTP/AVP 34'),
    policy: b.policy,
    local: b.local,
    state: b.state,
  });
  assert.ok(more.ok && more.state.lines.length === 2);
  assert.deepEqual(b.state, before);
});

test('without a stored state the last description of ours serves, and lines still never get fewer', () => {
  const previous = sdpOf(
    '203.0.113.9',
    'm=audio 20000 RTP/AVP 96',
    'a=rtpmap:96 opus/48000/2',
    'm=video 20010 RTP/AVP 34',
  );
  const source = sdpOf('192.0.2.1', audio(111), 'a=rtpmap:111 opus/48000/2');
  const result = offerAcross({ source, policy: codecs, local: portsAt('203.0.113.9', 20000), previous });
  assert.ok(result.ok);
  assert.deepEqual(lineHeads(result.description), ['m=audio 20000 RTP/AVP 96', 'm=video 0 RTP/AVP 34']);
});

test('the lines of an offer are known before there are ports for it', () => {
  const source = sdpOf('192.0.2.1', 'm=image 4000 udptl t38', audio(0));
  assert.deepEqual(
    linesForOffer(noLines, source).lines.map(({ kind, far }) => [kind, far]),
    [
      ['image', 0],
      ['audio', 1],
    ],
  );
});

test('a tie to a line that the other leg no longer has is cut', () => {
  const two = linesForOffer(noLines, sdpOf('192.0.2.1', audio(0), audio(8)));
  const one = linesForOffer(two, sdpOf('192.0.2.1', audio(0)));
  assert.deepEqual(
    one.lines.map((line) => line.far),
    [0, null],
  );
});

test('a leg does not grow beyond what the other side would read', () => {
  const line = { kind: 'audio', protocol: 'RTP/AVP', formats: ['0'], codecs: [] };
  const used = { lines: Array.from({ length: 64 }, (_, far) => ({ ...line, far })) };
  const source = sdpOf('192.0.2.1', ...Array.from({ length: 64 }, () => audio(0)));
  const request = { source, policy: codecs, local: portsAt('203.0.113.9', 20000, 80) };
  assert.equal(offerAcross({ ...request, state: used }).ok, true);
  // All taken, and one line of the other leg without its own.
  const grown = offerAcross({ ...request, state: { lines: [...used.lines.slice(1), { ...line, far: 1 }] } });
  assert.ok(!grown.ok);
  assert.equal(grown.failure.detail, 'more than 64 m-lines');
});

interface Told {
  readonly lines: number;
  readonly meaning: Map<string, string>;
}

/** RFC 3264 §8: what holds between any two descriptions to one leg. */
function holds(before: Told, description: SessionDescription): Told {
  assert.ok(description.media.length >= before.lines, 'lines never get fewer');
  for (const [at, line] of description.media.entries()) {
    if (line.port === 0) continue;
    for (const { payloadType, name } of readCodecs(line)) {
      const key = `${at}:${payloadType}`;
      assert.equal(before.meaning.get(key) ?? name, name, `payload type ${payloadType} of line ${at} keeps its codec`);
      before.meaning.set(key, name);
    }
  }
  return { lines: description.media.length, meaning: before.meaning };
}

const voice = fc.constantFrom('opus/48000/2', 'PCMU/8000', 'PCMA/8000', 'G722/8000', 'telephone-event/8000');
const mediaLine = fc.record({
  on: fc.boolean(),
  kind: fc.constantFrom('audio', 'audio', 'video', 'image'),
  codecs: fc.array(fc.tuple(fc.integer({ min: 94, max: 99 }), voice), { minLength: 1, maxLength: 4 }),
});

function offerFrom(lines: readonly (typeof mediaLine extends fc.Arbitrary<infer T> ? T : never)[]): SessionDescription {
  const text = lines.flatMap(({ on, kind, codecs: named }) => {
    const unique = [...new Map(named).entries()];
    const formats = unique.map(([number]) => number).join(' ');
    return [
      `m=${kind} ${on ? 4000 : 0} RTP/AVP ${formats}`,
      ...unique.map(([number, name]) => `a=rtpmap:${number} ${name}`),
    ];
  });
  return sdpOf('192.0.2.1', ...text);
}

test('property: whoever offers what and whoever the partner is, a leg keeps its lines and its numbers', () => {
  const step = fc.record({
    byA: fc.boolean(),
    anew: fc.boolean(),
    lines: fc.array(mediaLine, { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const ports = portsAt('203.0.113.9', 20000, 64);
      const [a, b] = [legOf(codecs, ports), legOf(codecs, ports)];
      let toldA: Told = { lines: 0, meaning: new Map() };
      let toldB: Told = { lines: 0, meaning: new Map() };
      for (const { byA, anew, lines } of steps) {
        if (anew) for (const leg of [a, b]) leg.state = untied(leg.state);
        const [from, to] = byA ? [a, b] : [b, a];
        const offer = offerFrom(lines);
        // An offer with fewer lines than agreed is refused before it comes here.
        if (offer.media.length < from.state.lines.length) continue;
        const result = exchange(from, to, offer, agrees);
        if (!result.ok) continue;
        assert.equal(result.answer.media.length, offer.media.length);
        assert.deepEqual(JSON.parse(JSON.stringify([a.state, b.state])), [a.state, b.state]);
        toldA = holds(toldA, byA ? result.answer : result.farOffer);
        toldB = holds(toldB, byA ? result.farOffer : result.answer);
        assertTied(a.state, b.state);
      }
    }),
    { seed: 3264, numRuns: 300 },
  );
});

function assertTied(a: LegMediaState, b: LegMediaState): void {
  for (const [at, line] of a.lines.entries()) {
    if (line.far !== null) assert.equal(b.lines[line.far]?.far, at);
  }
}
