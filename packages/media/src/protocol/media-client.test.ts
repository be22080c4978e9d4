import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ByteSink } from './byte-stream.ts';
import type { CommandFrame, MediaOutcome } from './envelope.ts';
import { encodeFrame, FrameReader } from './frame.ts';
import { createMediaClient } from './media-client.ts';

/** A client whose far side and time are in the test's hand. */
function client() {
  const sent: CommandFrame[] = [];
  const reader = new FrameReader();
  const timers: (() => void)[] = [];
  const closed: string[] = [];
  const events: string[] = [];
  const far: { sink: ByteSink | null; ended: boolean } = { sink: null, ended: false };
  const made = createMediaClient({
    connect: (sink) => {
      far.sink = sink;
      return {
        write: (bytes) => {
          for (const result of reader.push(bytes)) if (result.kind === 'value') sent.push(result.value as CommandFrame);
        },
        close: () => {
          far.ended = true;
        },
      };
    },
    epoch: 3,
    keyPrefix: 'k',
    timeouts: {
      after: (_afterMs, run) => {
        timers.push(run);
        return () => timers.splice(timers.indexOf(run), 1);
      },
    },
    onEvent: (event) => events.push(event.type),
    onClosed: (why) => closed.push(`${why.detail} ${why.error?.code ?? ''}`),
  });
  const say = (frame: unknown) => far.sink?.onBytes(encodeFrame(frame));
  return { made, sent, timers, closed, events, far, say };
}
const codeOf = (outcome: MediaOutcome<'ping'> | undefined) => (outcome?.ok === false ? outcome.error.code : 'ok');

test('the greeting goes first, each command carries key and epoch, replies find their command in any order', () => {
  const { made, sent, say } = client();
  const outcomes: string[] = [];
  made.send({ verb: 'ping' }, (outcome) => outcomes.push(`first ${codeOf(outcome)}`));
  made.send({ verb: 'ping' }, (outcome) => outcomes.push(`second ${codeOf(outcome)}`), { key: 'mine' });
  assert.deepEqual(
    sent.map((frame) => [frame.command.verb, frame.key, frame.epoch]),
    [
      ['hello', 'k:1', 3],
      ['ping', 'k:2', 3],
      ['ping', 'mine', 3],
    ],
  );
  say({ t: 'reply', key: 'mine', ok: true, result: {} });
  say({ t: 'reply', key: 'k:2', ok: false, error: { code: 'draining', detail: '' } });
  say({ t: 'reply', key: 'k:2', ok: true, result: {} });
  assert.deepEqual(outcomes, ['second ok', 'first draining']);
});

test('no reply in time is a value; one that comes later is nobody’s', () => {
  const { made, timers, say } = client();
  const outcomes: string[] = [];
  made.send({ verb: 'ping' }, (outcome) => outcomes.push(codeOf(outcome)));
  timers[1]?.();
  say({ t: 'reply', key: 'k:2', ok: true, result: {} });
  assert.deepEqual(outcomes, ['timeout']);
});

test('a lost connection gives every waiting command its outcome, then tells its owner once', async () => {
  const { made, far, closed, timers } = client();
  const first = made.request({ verb: 'ping' });
  far.sink?.onClosed('reset');
  far.sink?.onClosed('again');
  assert.equal(codeOf(await first), 'disconnected');
  assert.equal(codeOf(await made.request({ verb: 'ping' })), 'disconnected');
  assert.equal(timers.length, 0);
  assert.equal(closed.length, 1);
});

test('a refused greeting ends the client and says why', () => {
  const { say, closed, far } = client();
  say({ t: 'reply', key: 'k:1', ok: false, error: { code: 'stale-epoch', detail: '' } });
  assert.deepEqual(closed, ['the engine refused the greeting: stale-epoch stale-epoch']);
  assert.equal(far.ended, true);
});

test('events come through; our own close is told to nobody but what waits', async () => {
  const { made, say, closed, events } = client();
  say({ t: 'event', event: { type: 'draining', sessions: 0, atUtcMs: 0 } });
  const waiting = made.request({ verb: 'ping' });
  made.close();
  assert.equal(codeOf(await waiting), 'disconnected');
  assert.deepEqual([events, closed], [['draining'], []]);
});
