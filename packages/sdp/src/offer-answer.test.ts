import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  answerReceived,
  answerSent,
  createOfferAnswer,
  formatSdp,
  localDescription,
  type OfferAnswerResult,
  type OfferAnswerState,
  offerReceived,
  offerSent,
  parseSdp,
  rolledBack,
  type SessionDescription,
} from './index.ts';
import { readVectors, type Vector } from './vectors/vectors.test.ts';

function parsed(text: string): SessionDescription {
  const result = parseSdp(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.sdp;
}

function sdpOf(...media: readonly string[]): SessionDescription {
  return parsed(['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...media].join('\r\n'));
}

const audio = sdpOf('m=audio 4000 RTP/AVP 0');
const held = sdpOf('m=audio 4000 RTP/AVP 0', 'a=sendonly');
const withVideo = sdpOf('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 31');
const videoOff = sdpOf('m=audio 4000 RTP/AVP 0', 'm=video 0 RTP/AVP 31');

function done(result: OfferAnswerResult): OfferAnswerState {
  assert.ok(result.ok, JSON.stringify(result));
  return result.state;
}

/** RFC 4317 examples whose o= line does not follow RFC 3264 §8, by section and step. */
const versionOddities: ReadonlyMap<string, string> = new Map([
  ['4317 3.2 step 4', 'raises the version though the description is the one sent before'],
]);

function sections(file: string): Map<string, Vector[]> {
  const found = new Map<string, Vector[]>();
  for (const vector of readVectors(file)) found.set(vector.section, [...(found.get(vector.section) ?? []), vector]);
  return found;
}

for (const rfc of ['3264', '4317']) {
  for (const [section, steps] of sections(`rfc${rfc}.txt`)) {
    test(`RFC ${rfc} §${section}: both sides agree after each answer, and each raises its version as the RFC does`, () => {
      const sides = new Map(['alice', 'bob'].map((who) => [who, createOfferAnswer()]));
      assert.ok(steps.length === 2 || steps.length === 4);
      for (const [at, { role, who, text }] of steps.entries()) {
        const said = parsed(text);
        const other = who === 'alice' ? 'bob' : 'alice';
        const [mine, theirs] = [sides.get(who), sides.get(other)];
        assert.ok(mine && theirs);
        const next = formatSdp(localDescription(mine.lastSent, said));
        if (versionOddities.has(`${rfc} ${section} step ${at + 1}`)) assert.notEqual(next, text);
        else assert.equal(next, text);
        const send = role === 'offer' ? offerSent : answerSent;
        const receive = role === 'offer' ? offerReceived : answerReceived;
        sides.set(who, done(send(mine, said)));
        sides.set(other, done(receive(theirs, said)));
      }
      const [alice, bob] = [sides.get('alice'), sides.get('bob')];
      assert.deepEqual([alice?.phase, bob?.phase], ['stable', 'stable']);
      assert.deepEqual([alice?.local, alice?.remote], [bob?.remote, bob?.local]);
      assert.equal(formatSdp(alice?.local as SessionDescription), steps.findLast((step) => step.who === 'alice')?.text);
    });
  }
}

const fresh = createOfferAnswer();
const offered = done(offerSent(fresh, audio));
const asked = done(offerReceived(fresh, audio));
const agreed = done(answerReceived(done(offerSent(fresh, withVideo)), videoOff));

/** [what, result, code, status] */
const verdicts: readonly (readonly [string, OfferAnswerResult, string, number | null])[] = [
  ['RFC 3261 §14.2: an offer meets ours: 491', offerReceived(offered, audio), 'glare', 491],
  ['RFC 3261 §14.2: a second offer before our answer: 500', offerReceived(asked, audio), 'offer-unanswered', 500],
  ['RFC 3264 §4: no second offer of ours either', offerSent(offered, audio), 'not-due', null],
  ['nor over theirs', offerSent(asked, audio), 'not-due', null],
  ['RFC 3264 §8: fewer m-lines than agreed: 488', offerReceived(agreed, audio), 'fewer-lines', 488],
  ['of ours neither', offerSent(agreed, audio), 'fewer-lines', null],
  [
    'RFC 3264 §6: an answer with fewer m-lines',
    answerReceived(done(offerSent(fresh, withVideo)), audio),
    'wrong-count',
    null,
  ],
  ['an answer with more', answerReceived(offered, withVideo), 'wrong-count', null],
  ['an answer of another kind', answerReceived(offered, sdpOf('m=video 4000 RTP/AVP 31')), 'wrong-kind', null],
  [
    'RFC 3264 §6: we switch on what the offer has off',
    answerSent(done(offerReceived(fresh, videoOff)), withVideo),
    'revived-line',
    null,
  ],
  ['an answer of theirs out of nothing', answerReceived(fresh, audio), 'not-due', null],
  ['an answer of ours out of nothing', answerSent(fresh, audio), 'not-due', null],
  ['an answer of ours to our own offer', answerSent(offered, audio), 'not-due', null],
];

for (const [what, result, code, status] of verdicts) {
  test(`verdict: ${what}`, () => {
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.status], [code, status]);
    assert.equal(result.failure.retryAfterMaxSec, status === 500 ? 10 : undefined);
    assert.ok(result.failure.reason.length > 0);
  });
}

test('RFC 3264 §8.3.3: voice may become fax in the same line', () => {
  const voice = done(answerReceived(offered, audio));
  assert.equal(offerReceived(voice, sdpOf('m=image 4000 udptl t38')).ok, true);
});

test('an answer of theirs that switches on what we have off is no harm', () => {
  assert.equal(answerReceived(done(offerSent(fresh, videoOff)), withVideo).ok, true);
});

test('RFC 6141 §3.4: a refused change leaves what was agreed, and the version still counts on', () => {
  const before = done(answerReceived(offered, audio));
  const change = localDescription(before.lastSent, held);
  assert.equal(change.origin.sessionVersion, '2');
  const open = done(offerSent(before, change));
  const back = rolledBack(open);
  assert.deepEqual([back.phase, back.pending, back.local, back.remote], ['stable', null, audio, audio]);
  const again = localDescription(back.lastSent, audio);
  assert.deepEqual([again.origin.sessionId, again.origin.sessionVersion], ['1', '3']);
  assert.equal(rolledBack(done(offerReceived(before, held))).phase, 'stable');
});

test('RFC 3264 §8: one session id, the version grows exactly when the content differs', () => {
  const first = localDescription(null, audio);
  assert.equal(first, audio);
  const foreign = {
    ...audio,
    origin: { ...audio.origin, sessionId: '99', sessionVersion: '7', address: '203.0.113.1' },
  };
  assert.equal(localDescription(first, foreign), first);
  const changed = localDescription(first, { ...held, origin: foreign.origin });
  assert.deepEqual(changed.origin, { ...audio.origin, sessionVersion: '2' });
  const huge = { ...audio, origin: { ...audio.origin, sessionVersion: '9007199254740993', written: 'x' } };
  assert.deepEqual(localDescription(huge, held).origin, { ...audio.origin, sessionVersion: '9007199254740994' });
});

test('property: the state is plain data, and only an open offer is ever answered', () => {
  const acts = { offerSent, offerReceived, answerSent, answerReceived };
  const act = fc.constantFrom(...(Object.keys(acts) as (keyof typeof acts)[]), 'rolledBack' as const);
  const which = fc.constantFrom(audio, held, withVideo, videoOff);
  fc.assert(
    fc.property(fc.array(fc.tuple(act, which), { maxLength: 20 }), (steps) => {
      let state = createOfferAnswer();
      for (const [name, sdp] of steps) {
        const before = structuredClone(state);
        const result: OfferAnswerResult =
          name === 'rolledBack' ? { ok: true, state: rolledBack(state) } : acts[name](state, sdp);
        assert.deepEqual(state, before);
        if (!result.ok) continue;
        state = result.state;
        assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
        assert.equal(state.pending === null, state.phase === 'stable');
        assert.equal(state.local === null, state.remote === null);
        assert.equal(state.local?.media.length, state.remote?.media.length);
        assert.ok((state.local?.media.length ?? 0) >= (before.local?.media.length ?? 0));
        if (name === 'answerSent' || name === 'answerReceived') assert.notEqual(before.phase, 'stable');
      }
    }),
    { seed: 3264, numRuns: 500 },
  );
});

test('RFC 3264 §4: a delayed offer: the one who was asked offers, the one who asked answers in its next message', () => {
  const asked = done(offerSent(createOfferAnswer(), withVideo));
  const asker = done(offerReceived(createOfferAnswer(), withVideo));
  assert.equal(answerSent(asker, audio).ok, false);
  const [ours, theirs] = [done(answerReceived(asked, videoOff)), done(answerSent(asker, videoOff))];
  assert.deepEqual([ours.phase, ours.local, ours.remote], ['stable', theirs.remote, theirs.local]);
});

test('verdicts on lines name the line', () => {
  const result = answerReceived(done(offerSent(fresh, withVideo)), sdpOf('m=audio 1 RTP/AVP 0', 'm=text 1 RTP/AVP 98'));
  assert.ok(!result.ok);
  assert.equal(result.failure.line, 2);
});
