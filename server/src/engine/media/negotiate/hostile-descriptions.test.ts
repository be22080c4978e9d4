import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerFaults, formatSdp, parseSdp, readCodecs, type SessionDescription } from '@ringdown/sdp';
import fc from 'fast-check';
import { answerAcross, answerEndpoint } from './answer.ts';
import type { LegMediaState } from './leg-lines.ts';
import { offerAcross } from './offer.ts';
import { relayMap } from './relay-map.ts';
import { streamSettings } from './stream-settings.ts';
import { portsAt } from './two-legs.ts';

const lines = [
  'c=IN IP4 192.0.2.1',
  'c=IN IP6 ::',
  'c=IN IP4 host',
  'm=audio 4000 RTP/AVP 0 8 96 97 101',
  'm=audio 0 RTP/AVP 0',
  'm=audio 4000/2 RTP/SAVP 96 96 96',
  'm=video 4002 RTP/AVPF 96 97 98',
  'm=image 1 udptl t38',
  'm=audio 4000 RTP/AVP',
  'm=x 65535 y z',
  'a=rtpmap:96 opus/48000/2',
  'a=rtpmap:97 H264/90000',
  'a=rtpmap:97 telephone-event/48000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:97 packetization-mode=1;profile-level-id=zz',
  'a=rtcp-fb:97 nack',
  'a=rtcp-fb:*',
  'a=imageattr:x',
  'a=ptime:30',
  'a=sendonly',
  'a=inactive',
  'a=rtcp:1 IN IP4 x',
  'b=AS:x',
] as const;
const junk = fc.string({ unit: fc.constantFrom(...'am=:/ 019*;RTPAV'), maxLength: 12 });
const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...lines) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...lines), junk).map(([text, tail]) => text + tail) },
);
const description = fc.array(line, { minLength: 1, maxLength: 14 }).map((rows) => {
  const parsed = parseSdp(['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 'c=IN IP4 192.0.2.1', ...rows].join('\r\n'));
  return parsed.ok ? parsed.sdp : null;
});

const policy = ['opus', 'PCMU', 'PCMA'];
const local = portsAt('203.0.113.9', 20000, 70);

/** What we say is well-formed, every number means one codec, and the stored state is plain. */
function checkOurs(ours: SessionDescription, state: LegMediaState): void {
  assert.deepEqual(parseSdp(formatSdp(ours)), { ok: true, sdp: ours });
  for (const media of ours.media) {
    if (media.port === 0) continue;
    assert.equal(new Set(media.formats).size, media.formats.length);
    assert.equal(readCodecs(media).length, media.formats.length);
    assert.ok(media.formats.length > 0);
  }
  assert.equal(state.lines.length, ours.media.length);
  assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
}

test('property: whatever the peers say, the outcome is a value, and what we say is well-formed', () => {
  let answered = 0;
  let refused = 0;
  fc.assert(
    fc.property(description, description, fc.constantFrom([], ['crypto']), (offer, reply, keep) => {
      if (offer === null || reply === null) return;
      const own = answerEndpoint({ offer, policy, local });
      if (own.ok) {
        checkOurs(own.description, own.state);
        assert.deepEqual(answerFaults(offer, own.description), []);
      }
      const across = offerAcross({ source: offer, policy, local, keep });
      if (!across.ok) {
        refused++;
        assert.ok(across.failure.detail.length > 0);
        return;
      }
      checkOurs(across.description, across.state);
      for (const farAnswer of [reply, offer, across.description]) {
        const back = answerAcross({ offer, farOffer: across.description, farAnswer, local, keep });
        if (!back.ok) continue;
        answered++;
        checkOurs(back.description, back.state);
        assert.deepEqual(answerFaults(offer, back.description), []);
        for (const at of offer.media.keys()) {
          const settings = streamSettings(back.description, offer, at);
          assert.ok((settings?.codecs.length ?? 0) <= 64);
          assert.ok(relayMap(back.description, farAnswer, at).every(([from, to]) => from < 128 && to < 128));
        }
      }
    }),
    { seed: 3264, numRuns: 1500 },
  );
  assert.ok(answered > 300 && refused > 300, `${answered} answers, ${refused} refusals`);
});
