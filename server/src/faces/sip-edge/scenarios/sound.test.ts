/** What is said is what is heard: packets through the media engine as the two legs have agreed, before the answer, in the call, on hold, after a change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualTalker } from '@ringdown/testkit';
import { callScene } from './call-scene.test.ts';

/** The payload types heard in a second. */
function listen(talkers: readonly VirtualTalker[], pass: (ms: number) => void): string[] {
  const before = talkers.map(({ voice }) => voice.heard.length);
  pass(1000);
  return talkers.map(({ voice }, at) => {
    const heard = voice.heard.slice(before[at]);
    const types = [...new Set(heard.map(({ payloadType }) => payloadType))].join();
    if (heard.length === 0) return 'nothing';
    return heard.length > 45 ? types : `only ${heard.length} of ${types}`;
  });
}

test('both hear each other; on hold only the one who is held hears; after it both again', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  const talkers = [calls.talk(ada), calls.talk(bob)];
  const pass = (ms: number) => calls.advance(ms);
  pass(200);
  assert.deepEqual(listen(talkers, pass), ['0', '0']);
  assert.deepEqual(
    talkers.map(({ voice }) => Math.round(voice.heardTone().hz / 10) * 10),
    [880, 440],
  );
  ada.direction = 'sendonly';
  ada.change();
  pass(200);
  assert.deepEqual(listen(talkers, pass), ['nothing', '0']);
  ada.direction = 'sendrecv';
  ada.change();
  pass(200);
  assert.deepEqual(listen(talkers, pass), ['0', '0']);
  for (const talker of talkers) talker.pause();
  ada.session?.end();
  calls.assertOver();
});

test('sound before the answer in one codec, the call in another: both are heard, each in its time', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  bob.reliability = 'off';
  bob.codecs = ['PCMU'];
  bob.onCall = () => bob.ring(183, true);
  ada.call('101');
  calls.advance();
  const pass = (ms: number) => calls.advance(ms);
  const early = calls.talk(bob);
  const ear = calls.talk(ada);
  pass(200);
  assert.deepEqual(listen([ear], pass), ['0']);
  early.pause();
  ear.pause();
  bob.codecs = ['PCMA'];
  bob.accept();
  pass(1000);
  const talkers = [calls.talk(ada, 8), calls.talk(bob, 8)];
  pass(200);
  assert.deepEqual(listen(talkers, pass), ['8', '8']);
  for (const talker of talkers) talker.pause();
  bob.session?.end();
  calls.assertOver();
});
