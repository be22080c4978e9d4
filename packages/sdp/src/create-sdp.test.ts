import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSdp, formatSdp, parseSdp, rejectMedia } from './index.ts';

const opus = { payloadType: 96, name: 'OPUS', clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' };
const keys = { payloadType: 101, name: 'TELEPHONE-EVENT', clockRate: 8000, channels: 1, fmtp: '0-16' };
const pcma = { payloadType: 8, name: 'PCMA', clockRate: 8000, channels: 1, fmtp: '' };

test('RFC 8866 §5: a description of our own has its lines in the order of the grammar', () => {
  const sdp = createSdp({
    origin: { username: 'ringdown', sessionId: '7', sessionVersion: '8' },
    address: '2001:db8::1',
    name: 'call',
    attributes: ['ice-lite'],
    media: [
      {
        port: 4000,
        rtcpPort: 4003,
        address: '192.0.2.1',
        codecs: [opus, keys],
        direction: 'sendonly',
        ptimeMs: 20,
        lines: [
          { type: 'b', value: 'AS:64' },
          { type: 'i', value: 'voice' },
        ],
        attributes: ['mid:0'],
      },
      { port: 4004, rtcpPort: 4005, codecs: [pcma] },
      { kind: 'video', protocol: 'RTP/AVPF', port: 4006, rtcpPort: 4009, rtcpMux: true, codecs: [pcma] },
    ],
  });
  const text = [
    'v=0',
    'o=ringdown 7 8 IN IP6 2001:db8::1',
    's=call',
    'c=IN IP6 2001:db8::1',
    't=0 0',
    'a=ice-lite',
    'm=audio 4000 RTP/AVP 96 101',
    'i=voice',
    'c=IN IP4 192.0.2.1',
    'b=AS:64',
    'a=rtpmap:96 opus/48000/2',
    'a=fmtp:96 useinbandfec=1',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    'a=mid:0',
    'a=rtcp:4003',
    'a=sendonly',
    'm=audio 4004 RTP/AVP 8',
    'a=rtpmap:8 PCMA/8000',
    'a=sendrecv',
    'm=video 4006 RTP/AVPF 8',
    'a=rtpmap:8 PCMA/8000',
    'a=rtcp-mux',
    'a=sendrecv',
    '',
  ].join('\r\n');
  assert.equal(formatSdp(sdp), text);
  assert.deepEqual(parseSdp(text), { ok: true, sdp });
});

test('RFC 3264 §6: a refused line keeps kind, protocol and formats, and one format at least', () => {
  const refused = rejectMedia({ kind: 'image', protocol: 'udptl', formats: ['t38'] });
  assert.deepEqual(refused, {
    kind: 'image',
    port: 0,
    portCount: null,
    protocol: 'udptl',
    formats: ['t38'],
    lines: [],
  });
  assert.deepEqual(rejectMedia({ kind: 'audio', protocol: 'RTP/AVP', formats: [] }).formats, ['0']);
});
