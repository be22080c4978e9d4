/** Several m-lines through the back-to-back user agent (RFC 3264 §5 to §8): what is carried, what is rejected in its place, and what crosses of each line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatContent, type SessionDescription } from '@ringdown/sdp';
import { edgeAddress } from '../edge-scene.test.ts';
import { type CallScene, type CallSceneOptions, callScene } from './call-scene.test.ts';
import { inShort, type Phone } from './phone.test.ts';

/** Ada calls with these lines; Bob answers. */
async function called(lines: readonly string[], how: CallSceneOptions & { readonly cameras?: true } = {}) {
  const calls = await callScene(how);
  for (const one of calls.phones) one.hasVideo = how.cameras === true;
  calls.ada.offerLines = () => [...lines];
  calls.ada.call('101');
  calls.advance();
  calls.bob.accept();
  calls.advance();
  calls.assertAgreed();
  return calls;
}

const lastShown = (one: Phone): SessionDescription =>
  one.heard.findLast((heard) => heard.sdp !== null)?.sdp ?? assert.fail(`${one.address} was shown nothing`);

/** The attributes of each line that it was shown, and the b= lines. */
const attributesShown = (one: Phone): string[] =>
  formatContent(lastShown(one))
    .split('\r\n')
    .filter((line) => /^[mab]=/.test(line) && !/^a=(rtpmap|fmtp|send|recv)/.test(line));

function finish(calls: CallScene): void {
  calls.ada.session?.end();
  calls.assertOver();
}

const voice = ['m=audio 4000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000'];
const camera = ['m=video 4002 RTP/AVP 96', 'a=rtpmap:96 H264/90000'];

/** The phone's eye, and what sends twenty packets of a picture from its camera. */
function eyeOf(calls: CallScene, one: Phone): { readonly seen: () => number; readonly show: () => void } {
  const eye = calls.talk(one, 0, 1);
  eye.pause();
  const [from, ssrc] = [{ address: one.address, port: one.port + 2 }, eye.voice.ssrc];
  const to = { address: edgeAddress, port: lastShown(one).media[1]?.port ?? assert.fail() };
  const show = (): void => {
    for (let at = 1; at <= 20; at++) {
      const [high, low] = [(1000 + at) >> 8, (1000 + at) & 0xff];
      const bytes = Uint8Array.of(0x80, 96, high, low, 0, 0, 0, at, 0, 0, ssrc >> 8, ssrc & 0xff, 1, 2, 3);
      calls.media.receive({ from, to, bytes });
      calls.advance(5);
    }
  };
  return { show, seen: () => eye.voice.heard.filter(({ payloadType }) => payloadType === 96).length };
}

test('voice and pictures between two phones that both have a camera: two lines, two streams each, both relayed', async () => {
  const calls = await called([...voice, ...camera], { cameras: true });
  const { ada, bob } = calls;
  assert.deepEqual(ada.shown, [1, 'audio 0 101 sendrecv', 'video 96 sendrecv']);
  assert.deepEqual(bob.shown, [1, 'audio 0 8 101 sendrecv', 'video 96 sendrecv']);
  const joins = calls.commands.flatMap((command) => (command.verb === 'join' ? [command.payloadMapAtoB] : []));
  assert.deepEqual(
    joins.map((map) => map.length),
    [2, 1],
  );
  const talkers = [calls.talk(ada), calls.talk(bob)];
  const [adaEye, bobEye] = [eyeOf(calls, ada), eyeOf(calls, bob)];
  adaEye.show();
  assert.deepEqual([adaEye.seen(), bobEye.seen()], [0, 20]);
  bobEye.show();
  assert.deepEqual([adaEye.seen(), bobEye.seen()], [20, 20]);
  assert.deepEqual(
    talkers.map(({ voice: { heard } }) => heard.length > 5 && heard.every(({ payloadType }) => payloadType === 0)),
    [true, true],
  );
  for (const talker of talkers) talker.pause();
  finish(calls);
});

for (const how of ['direction', 'address'] as const) {
  test(`RFC 3264 §8.4: voice and pictures held by ${how} from either side, told to the other by direction, and resumed`, async () => {
    const calls = await called([...voice, ...camera], { cameras: true });
    for (const [one, other] of [
      [calls.ada, calls.bob],
      [calls.bob, calls.ada],
    ] as const) {
      const [first = '', ...more] = one.offerLines();
      const lines = [first, ...more];
      const held = how === 'direction' ? lines.flatMap(heldLine) : ['c=IN IP4 0.0.0.0', ...lines].flatMap(zeroLine);
      one.change(held);
      calls.advance();
      assert.deepEqual(
        other.shown.slice(1).map((line) => String(line).split(' ').at(-1)),
        ['sendonly', 'sendonly'],
      );
      assert.deepEqual(
        one.shown.slice(1).map((line) => String(line).split(' ').at(-1)),
        ['recvonly', 'recvonly'],
      );
      assert.ok(!formatContent(lastShown(other)).includes('0.0.0.0'));
      calls.assertAgreed();
      one.change(lines);
      calls.advance();
      assert.deepEqual(
        other.shown.slice(1).map((line) => String(line).split(' ').at(-1)),
        ['sendrecv', 'sendrecv'],
      );
      calls.assertAgreed();
    }
    finish(calls);
  });
}

const heldLine = (line: string): string[] =>
  line === 'a=sendrecv' ? [] : line.startsWith('m=') ? [line, 'a=sendonly'] : [line];
const zeroLine = (line: string): string[] =>
  line.startsWith('c=') ? [] : line.startsWith('m=') ? [line, 'c=IN IP4 0.0.0.0'] : [line];

/** [what, lines that Ada offers, what Bob is shown, what Ada is told] */
const rejected: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  [
    'fax (RFC 3362)',
    [...voice, 'm=image 4004 udptl t38', 'a=T38FaxVersion:0'],
    ['audio 0 8 101 sendrecv', 'image off'],
    ['audio 0 101 sendrecv', 'image off'],
  ],
  [
    'a data channel, before the voice (RFC 8841)',
    ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=sctp-port:5000', ...voice],
    ['application off', 'audio 0 8 101 sendrecv'],
    ['application off', 'audio 0 101 sendrecv'],
  ],
  [
    'what nobody knows',
    [...voice, 'm=hologram 4006 X/Y z', 'm=text 4008 RTP/AVP 98', 'a=rtpmap:98 t140/1000'],
    ['audio 0 8 101 sendrecv', 'hologram off', 'text off'],
    ['audio 0 101 sendrecv', 'hologram off', 'text off'],
  ],
  [
    'RTP with keys beside plain RTP, as phones offer both (RFC 4568)',
    [
      'm=audio 4010 RTP/SAVP 0',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz',
      ...voice,
    ],
    ['audio off', 'audio 0 8 101 sendrecv'],
    ['audio off', 'audio 0 101 sendrecv'],
  ],
  [
    'a line that may only be bundled: its port of 0 (RFC 8843 §6)',
    ['a=group:BUNDLE 0 1', ...voice, 'a=mid:0', 'm=audio 0 RTP/AVP 0', 'a=mid:1', 'a=bundle-only'],
    ['audio 0 8 101 sendrecv', 'audio off'],
    ['audio 0 101 sendrecv', 'audio off'],
  ],
];

for (const [what, lines, shownBob, shownAda] of rejected) {
  test(`RFC 3264 §6: rejected in its place while the voice is carried: ${what}`, async () => {
    const calls = await called(lines);
    assert.deepEqual([calls.bob.shown.slice(1), calls.ada.shown.slice(1)], [shownBob, shownAda]);
    const talkers = [calls.ada, calls.bob].map((one) => {
      const at = lastShown(one).media.findIndex(({ port }) => port !== 0);
      const talker = calls.talk(one, 0, at);
      if (one === calls.ada) talker.moveTo(one.address, 4000);
      return talker;
    });
    calls.advance(500);
    assert.ok(
      talkers.every((talker) => talker.voice.heard.length > 10),
      'both are heard',
    );
    for (const talker of talkers) talker.pause();
    finish(calls);
  });
}

test('RFC 3264 §6: nothing but fax in a first offer is refused, and a voice that turns to fax goes on as voice', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  const fax = ['m=image 4004 udptl t38', 'a=T38FaxVersion:0', 'a=T38FaxUdpEC:t38UDPRedundancy'];
  const usual = ada.offerLines.bind(ada);
  ada.offerLines = () => fax;
  ada.call('101');
  calls.advance();
  assert.match(ada.take().join(), /over rejected 488/);
  ada.offerLines = usual;
  ada.call('101');
  calls.advance();
  bob.accept();
  calls.advance();
  for (const one of [ada, bob]) {
    one.change(fax);
    calls.advance();
    assert.equal(one.outcomes.at(-1), 488, 'T.38 in the place of the voice');
    calls.assertAgreed();
  }
  ada.change([...ada.offerLines(), ...fax]);
  calls.advance();
  assert.equal(ada.outcomes.at(-1), 200);
  assert.deepEqual(ada.shown.slice(1), ['audio 0 101 sendrecv', 'image off']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver(2);
});

test('RFC 3264 §8.1: a line that was rejected comes back as another medium, on a stream of that kind', async () => {
  const calls = await called([...voice, 'm=image 4004 udptl t38'], { cameras: true });
  const { ada, bob } = calls;
  calls.takeCommands();
  const change = (lines: readonly string[]) => {
    ada.change([...voice, ...lines]);
    calls.advance();
    calls.assertAgreed();
    return [bob.shown.slice(1), calls.call.legs.map(({ media }) => media.streams[1]?.kind ?? null)];
  };
  assert.deepEqual(change(camera), [
    ['audio 0 8 101 sendrecv', 'video 96 sendrecv'],
    ['video', 'video'],
  ]);
  assert.deepEqual(change(['m=video 0 RTP/AVP 96']), [
    ['audio 0 8 101 sendrecv', 'video off'],
    ['video', 'video'],
  ]);
  assert.deepEqual(
    calls.takeCommands().filter((verb) => /Stream$/.test(verb) && verb !== 'updateStream'),
    ['addStream', 'addStream'],
  );
  assert.deepEqual(change(['m=audio 4020 RTP/AVP 0']), [
    ['audio 0 8 101 sendrecv', 'audio 0 sendrecv'],
    ['audio', 'audio'],
  ]);
  const verbs = calls.takeCommands();
  assert.deepEqual(
    verbs.filter((verb) => verb === 'removeStream' || verb === 'addStream'),
    ['removeStream', 'removeStream', 'addStream', 'addStream'],
  );
  assert.equal(inShort(lastShown(ada)).length, 2);
  finish(calls);
});

test('ptime, maxptime, bandwidths of line and session, and what nobody here knows cross as they were written; what is of one leg does not', async () => {
  const calls = await called([
    'b=CT:500',
    'b=X-YZ:7',
    'a=X-session:1',
    'a=ice-options:trickle',
    'a=csup:cap-v0',
    ...voice,
    'i=voice',
    'b=AS:80',
    'b=TIAS:64000',
    'b=RR:2000',
    'a=ptime:30',
    'a=X-second:  2 ',
    'a=maxptime:60',
    'a=silenceSupp:off - - - -',
    'a=content:main',
    'a=X-where:call 198.51.100.7:4000',
    'a=mid:0',
    'a=rtcp:4001 IN IP4 192.0.2.20',
    'a=ssrc:1 cname:x',
    'a=candidate:1 1 UDP 1 192.0.2.20 4000 typ host',
    'a=tcap:1 RTP/SAVP',
    'a=acap:1 crypto:1 AES inline:x',
    'a=pcfg:1 t=1 a=1',
    'a=X-first',
  ]);
  assert.deepEqual(attributesShown(calls.bob), [
    'b=CT:500',
    'b=X-YZ:7',
    `m=audio ${lastShown(calls.bob).media[0]?.port} RTP/AVP 0 8 101`,
    'b=AS:80',
    'b=TIAS:64000',
    'b=RR:2000',
    'a=ptime:30',
    'a=X-second:  2 ',
    'a=maxptime:60',
    'a=silenceSupp:off - - - -',
    'a=content:main',
    'a=X-first',
  ]);
  assert.ok(!formatContent(lastShown(calls.ada)).includes('cfg'), 'RFC 5939 §3.6.2: capabilities are left unanswered');
  finish(calls);
});

test('RFC 5761 §5.1.1: RTP and RTCP on one port where a phone offers it, asked of the other, each as it can', async () => {
  const calls = await called([...voice, 'a=rtcp-mux']);
  const { ada, bob } = calls;
  const muxed = () => [ada, bob].map((one) => formatContent(lastShown(one)).includes('a=rtcp-mux'));
  assert.deepEqual(muxed(), [true, true]);
  const remotes = () =>
    calls.commands.flatMap((command) => (command.verb === 'updateStream' ? [command.remote?.rtcpMux === true] : []));
  assert.deepEqual(remotes(), [true, false], 'Bob did not answer it');
  calls.commands.length = 0;
  bob.direction = 'sendonly';
  bob.change();
  calls.advance();
  assert.deepEqual(muxed(), [true, false], 'a change of the other leg does not take it back');
  assert.deepEqual(remotes(), [false, false], 'until Ada answers without it');
  finish(calls);
});

test('RFC 5761 §5.1.1: nobody is asked for it who was not offered it', async () => {
  const calls = await called(voice);
  for (const one of [calls.ada, calls.bob]) assert.ok(!formatContent(lastShown(one)).includes('rtcp-mux'));
  finish(calls);
});

test('RFC 3264 §4: a delayed offer with a line more: rejected in its place for the one who asked, and answered so', async () => {
  const calls = await called(voice);
  const { ada, bob } = calls;
  bob.hasVideo = true;
  ada.change(null);
  calls.advance();
  assert.deepEqual(ada.shown.slice(1), ['audio 0 8 101 sendrecv', 'video off']);
  assert.deepEqual(bob.shown.slice(1), ['audio 0 101 sendrecv', 'video off']);
  calls.assertAgreed();
  ada.offerLines = () => [...voice, ...camera];
  ada.hasVideo = true;
  ada.change();
  calls.advance();
  assert.deepEqual(
    bob.shown.slice(1),
    ['audio 0 8 101 sendrecv', 'video 96 sendrecv'],
    'and the line can be used by the next offer',
  );
  calls.assertAgreed();
  finish(calls);
});
