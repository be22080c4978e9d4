/** Peers that break the rules of offer and answer (RFC 3264): the call ends with a cause that says how, or goes on as it was; it never hangs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionBody } from '@ringdown/sip';
import { bodyOf, sdpOf, textOf } from '../edge-scene.test.ts';
import { callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

const audio = (formats: string) => [`m=audio 4000 RTP/AVP ${formats}`, 'a=sendrecv'];
const huge = (): string => `${sdpOf(4000)}${'a=x\r\n'.repeat(20_000)}`;

/** What the callee answers the INVITE with, and what the cause says about it. */
const answers: readonly [title: string, code: string, detail: RegExp, answer: (bob: Phone) => SessionBody][] = [
  ['fewer m-lines', 'not-acceptable', /an answer with 1 m-lines to 2/, (bob) => bob.say(audio('0'))],
  [
    'more m-lines',
    'not-acceptable',
    /an answer with 3 m-lines to 2/,
    (bob) => bob.say([...audio('0'), 'm=video 0 RTP/AVP 96', 'm=text 0 RTP/AVP 98']),
  ],
  [
    'lines in another order',
    'not-acceptable',
    /m-line 1 is audio, answered video/,
    (bob) => bob.say(['m=video 4002 RTP/AVP 96', 'a=rtpmap:96 H264/90000', ...audio('0')]),
  ],
  [
    'codecs that were not offered',
    'no-common-codec',
    /G729/,
    (bob) => bob.say([...audio('18'), 'm=video 0 RTP/AVP 96']),
  ],
  ['nothing switched on', 'no-common-codec', /PCMU/, (bob) => bob.say(['m=audio 0 RTP/AVP 0', 'm=video 0 RTP/AVP 96'])],
  ['no description', 'not-acceptable', /carried no session description/, () => bodyOf('', 'application/sdp')],
  [
    'a body of another type',
    'not-acceptable',
    /No session description in text\/plain/,
    () => bodyOf('hello', 'text/plain'),
  ],
  ['a description beyond the limits', 'not-acceptable', /Bad SDP line 0: too-large/, () => bodyOf(huge())],
  ['nonsense', 'not-acceptable', /Bad SDP line/, () => bodyOf('v=0\r\nm=what\r\n')],
];

for (const [title, code, detail, answer] of answers) {
  test(`a callee answers with ${title}: it is acknowledged and hung up, the caller is told 488`, async () => {
    const calls = await callScene();
    const { ada, bob } = calls;
    ada.hasVideo = true;
    ada.call('101');
    calls.advance();
    bob.session?.accept(answer(bob));
    calls.advance();
    assert.deepEqual(
      [ada.take(), bob.take()],
      [
        ['180', 'over rejected 488'],
        ['acknowledged', 'over hung-up'],
      ],
    );
    assert.deepEqual(
      ada.heard.map(({ sdp }) => sdp),
      [null],
    );
    const [cause] = calls.assertOver();
    assert.equal(cause?.code, code);
    assert.match(cause?.detail ?? '', detail);
  });
}

/** What a caller offers, and what becomes of it. */
const offers: readonly [title: string, body: (ada: Phone) => SessionBody, statuses: readonly string[]][] = [
  ['a description beyond the limits', () => bodyOf(huge()), ['over rejected 400']],
  ['a body of another type', () => bodyOf('hello', 'text/plain'), ['over rejected 415']],
  [
    'codecs that nobody has',
    (ada) => ada.offer(['m=audio 4000 RTP/AVP 99', 'a=rtpmap:99 WAVE/8000']),
    ['over rejected 488'],
  ],
  ['media to a group of hosts', (ada) => ada.offer([...audio('0'), 'c=IN IP4 239.1.2.3']), ['over rejected 488']],
];

for (const [title, body, statuses] of offers) {
  test(`a caller offers ${title}: ${statuses.join()}`, async () => {
    const calls = await callScene();
    const { ada, bob } = calls;
    ada.call('101', { body: body(ada) });
    calls.advance();
    assert.deepEqual([ada.take(), bob.invited], [statuses, null]);
    calls.assertOver(calls.ended.length);
  });
}

test('RFC 2046: a description among other parts is found, in the INVITE and in the 200', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  const mixed = (body: SessionBody): SessionBody => {
    const parts = [
      `Content-Type: text/plain\r\n\r\nhello`,
      `Content-Type: application/sdp\r\n\r\n${textOf({ body: body.bytes })}`,
    ];
    return bodyOf(`${parts.map((part) => `--x\r\n${part}\r\n`).join('')}--x--\r\n`, 'multipart/mixed;boundary=x');
  };
  ada.call('101', { body: mixed(ada.offer()) });
  calls.advance();
  assert.deepEqual(bob.shown, [1, 'audio 0 8 101 sendrecv']);
  bob.session?.accept(mixed(bob.say(audio('0'))));
  calls.advance();
  assert.deepEqual(ada.shown, [1, 'audio 0 sendrecv']);
  ada.session?.end();
  calls.assertOver();
});

test('an empty body is no offer: the caller gets ours', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', { body: null, headers: [['Content-Type', 'application/sdp']] });
  calls.advance();
  bob.accept();
  calls.advance();
  assert.deepEqual(ada.shown.slice(1), ['audio 0 101 sendrecv']);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

test('an offer in the INVITE and another in the ACK: the second is none', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.onAccepted = (session) => void session.ack(ada.say(audio('8')));
  ada.call('101');
  calls.advance();
  bob.accept();
  calls.advance();
  assert.equal(calls.call.phase, 'up');
  assert.deepEqual(
    calls.call.legs.map(({ media }) => media.codec),
    ['PCMU', 'PCMU'],
  );
  ada.session?.end();
  calls.assertOver();
});

test('an INVITE without an offer whose ACK has no answer ends the call', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.onAccepted = (session) => void session.ack(null);
  ada.call('101', { body: null });
  calls.advance();
  bob.accept();
  calls.advance();
  assert.deepEqual(
    [ada.take(), bob.take()],
    [
      ['180', 'over hung-up'],
      ['acknowledged', 'over hung-up'],
    ],
  );
  assert.match(calls.assertOver()[0]?.detail ?? '', /had no answer/);
});

/** A change that is not one: refused, and both stand where they stood. */
const changes: readonly [title: string, status: number, body: (ada: Phone) => SessionBody][] = [
  ['with fewer m-lines', 488, (ada) => ada.say(audio('0'))],
  ['that cannot be read', 488, () => bodyOf('v=0\r\nm=what\r\n')],
  ['beyond the limits', 488, () => bodyOf(huge())],
  ['of another type', 415, () => bodyOf('hello', 'text/plain')],
  [
    'to codecs that nobody has',
    488,
    (ada) => ada.say([...audio('99'), 'a=rtpmap:99 WAVE/8000', 'm=video 0 RTP/AVP 96']),
  ],
];

for (const [title, status, body] of changes) {
  test(`a change ${title} is refused with ${status}, and both legs stand on what they had`, async () => {
    const calls = await callScene();
    const { ada, bob } = calls;
    ada.hasVideo = true;
    calls.up();
    ada.session?.reinvite(body(ada));
    calls.advance();
    assert.deepEqual([ada.outcomes, bob.take()], [[status], []]);
    calls.assertAgreed();
    ada.session?.end();
    calls.assertOver();
  });
}

test('a change is answered with fewer m-lines than it has: nobody knows what that means, so the call ends and says so', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.makeAnswer = () => audio('0');
  ada.hasVideo = true;
  ada.change();
  calls.advance(1000);
  assert.ok(ada.take().includes('over hung-up') && bob.take().includes('over hung-up'));
  const [cause] = calls.assertOver();
  assert.deepEqual([cause?.code, cause?.detail], ['not-acceptable', 'an answer with 1 m-lines to 2']);
});

test('a change is answered without a description: it has not happened, and the call goes on', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.onChange = (session) => void session.acceptReoffer(bodyOf('', 'application/sdp'));
  ada.direction = 'sendonly';
  ada.change();
  calls.advance();
  assert.deepEqual(ada.outcomes, [488]);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver();
});

const asked: readonly [title: string, offer: readonly string[], isEnd: boolean][] = [
  [
    'nothing that the other one speaks',
    ['m=audio 4000 RTP/AVP 99', 'a=rtpmap:99 WAVE/8000', 'm=video 0 RTP/AVP 96'],
    false,
  ],
  ['fewer m-lines', audio('0'), true],
  ['only a codec that the caller does not take', [...audio('8'), 'm=video 0 RTP/AVP 96'], true],
];

for (const [title, lines, isEnd] of asked) {
  test(`asked for an offer, a callee makes one with ${title}: it is answered, and the call ${isEnd ? 'ends' : 'goes on'}`, async () => {
    const calls = await callScene();
    const { ada, bob } = calls;
    ada.hasVideo = true;
    ada.codecs = ['PCMU'];
    calls.up();
    bob.isLiar = true;
    bob.onChange = (session) => {
      session.acceptReoffer(bob.offer(lines));
      bob.onChange = (again) => bob.acceptChange(again);
    };
    ada.change(null);
    calls.advance(1000);
    assert.ok(bob.heard.findLast(({ by }) => by === 'ACK')?.sdp, 'its offer has its answer');
    assert.equal(calls.engine.size, isEnd ? 0 : 1);
    if (!isEnd) {
      assert.equal(calls.call.legs[1]?.media.codec, 'PCMU');
      ada.session?.end();
    }
    calls.assertOver();
  });
}
