/** What the trace of a call holds when the edge's traffic is fed into it, and what it says about calls and registrations that failed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskSdpSecrets } from '@ringdown/sdp';
import { cdrFromCall } from '#services/cdr';
import { createTrace, explain, formatLadder, type Trace } from '#services/trace';
import { type CallScene, type CallSceneOptions, callScene } from './call-scene.test.ts';

function memoryTrace(): Trace {
  return createTrace({
    folder: null,
    maskSdp: maskSdpSecrets,
    after: () => undefined,
    onFault: (error) => assert.fail(String(error)),
  });
}

async function tracedScene(options: CallSceneOptions = {}): Promise<{ calls: CallScene; trace: Trace }> {
  const trace = memoryTrace();
  return { calls: await callScene({ ...options, trace }), trace };
}

/** `> INVITE 101`, `< 200 OK (INVITE)`: the arrows of a ladder as seen from us, in order. */
async function steps(trace: Trace, name: string): Promise<string[]> {
  const call = await trace.find(name);
  assert.ok(call, `${name} is not in the trace`);
  return call.entries.map(({ bytes, direction }) => {
    const start = Buffer.from(bytes).toString('utf8').split('\r\n')[0] ?? '';
    return `${direction === 'in' ? '<' : '>'} ${start.replace(/ SIP\/2\.0$/, '').replace(/^SIP\/2\.0 /, '')}`;
  });
}

test('all messages of both legs stand in one call, in the order they happened', async () => {
  const { calls, trace } = await tracedScene();
  for (const phone of calls.phones) phone.reliability = 'off';
  calls.ada.call('101');
  calls.advance();
  calls.bob.accept();
  calls.advance();
  const { callId, legs } = calls.call;
  calls.ada.session?.end();
  calls.assertOver();
  const found = await trace.find(callId);
  assert.deepEqual(
    found?.legs.map(({ legId }) => legId),
    legs.map(({ legId }) => legId),
  );
  const seen = await steps(trace, callId);
  const without = seen.filter((step) => !/ 100 /.test(step)).map((step) => step.replace(/sip:\S+/, 'URI'));
  assert.deepEqual(without, [
    '< INVITE URI',
    '> 401 Unauthorized',
    '< ACK URI',
    '< INVITE URI',
    '> INVITE URI',
    '< 180 Ringing',
    '> 180 Ringing',
    '< 200 OK',
    '> ACK URI',
    '> 200 OK',
    '< ACK URI',
    '< BYE URI',
    '> 200 OK',
    '> BYE URI',
    '< 200 OK',
  ]);
  assert.deepEqual(await steps(trace, found?.legs[1]?.sipCallId ?? ''), seen);
});

test('each device that rings is a leg of the call', async () => {
  const { calls, trace } = await tracedScene({ devices: 3 });
  calls.ada.call('101');
  calls.advance();
  const { callId } = calls.call;
  assert.equal((await trace.find(callId))?.legs.length, 4);
  const ladder = formatLadder((await trace.find(callId)) ?? assert.fail());
  for (const { address } of [calls.ada, ...calls.devices]) assert.ok(ladder.includes(address), ladder);
});

test('a retransmission is there each time, and said to be one', async () => {
  const { calls, trace } = await tracedScene();
  calls.made.network.filter = (_from, to) => to !== calls.bob.address;
  calls.ada.call('101');
  calls.advance(2000);
  const { callId } = calls.call;
  const ladder = formatLadder((await trace.find(callId)) ?? assert.fail());
  assert.equal(ladder.match(/ INVITE \S+ \[SDP\] \(again\) /g)?.length, 2, ladder);
});

test('a phone that knows MD5 only is named when SHA-256 was asked of it', async () => {
  const { calls, trace } = await tracedScene();
  const { modern } = calls.made;
  const old = calls.made.peer('192.0.2.77', modern.username, modern.password);
  // It gives up at the challenge.
  old.ask({ method: 'REGISTER', uri: 'sip:a.test' }, false);
  const found = await trace.find(modern.username);
  assert.equal(found?.callId, null);
  assert.equal(explain(undefined, found).code, 'md5-only-phone');
});

test('a wrong password is named', async () => {
  const { calls, trace } = await tracedScene();
  const guesser = calls.made.peer('192.0.2.78', calls.made.two.username, 'not this one');
  guesser.register();
  const found = await trace.find(calls.made.two.username);
  assert.equal(explain(undefined, found).code, 'wrong-password');
});

test('a phone that is not there is named with how often it was asked', async () => {
  const { calls, trace } = await tracedScene();
  calls.made.network.filter = (_from, to) => to !== calls.bob.address;
  calls.ada.call('101');
  calls.advance();
  const { callId } = calls.call;
  calls.advance(40_000);
  const [over] = calls.ended;
  assert.ok(over);
  const { text } = explain(cdrFromCall(over), await trace.find(callId));
  assert.match(text, /INVITE was sent \d+ times to 192\.0\.2\.21:5060 over UDP and nothing came back/);
});

test('RFC 7989: a call is found by what its caller calls the session', async () => {
  const { calls, trace } = await tracedScene();
  const uuid = '47755a9de7794ba387653f2099600ef2';
  calls.ada.call('101', { sessionId: uuid });
  calls.advance();
  const { callId } = calls.call;
  calls.ada.session?.end();
  calls.assertOver();
  assert.equal((await trace.find(uuid))?.callId, callId);
  assert.equal(await trace.find('0'.repeat(32)), undefined, 'the nil identifier is of nobody');
});
