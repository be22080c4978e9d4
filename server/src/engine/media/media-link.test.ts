/** The link over the media engine in virtual time: what a control process finds that comes after another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualMediaEngine, VirtualClock } from '@ringdown/testkit';
import { MediaLink } from './media-link.ts';

function scene() {
  const clock = new VirtualClock();
  const media = createVirtualMediaEngine({ clock });
  const failures: string[] = [];
  const opened: string[] = [];
  let cut = (): void => undefined;
  const state = { isAway: false };
  const after = (ms: number, onTimer: () => void) => {
    const id = clock.arm(ms, { onTimer }, 0);
    return () => clock.disarm(id);
  };
  const link = (epoch: number) =>
    new MediaLink({
      socketPaths: ['virtual'],
      epoch,
      connect: () => (handlers) => {
        if (state.isAway) {
          after(1, () => handlers.onClosed('away'));
          return { write: () => undefined, close: () => undefined };
        }
        const stream = media.connect(handlers);
        cut = () => {
          stream.close();
          handlers.onClosed('cut');
        };
        return stream;
      },
      timeouts: { after },
      post: (task) => void after(0, task),
      after: (ms, task) => void after(ms, task),
      onOpened: (sessionId) => void opened.push(sessionId),
      onFailure: (sessionId, error) => void failures.push(`${sessionId} ${error.code}`),
      onEvent: () => undefined,
      report: () => undefined,
    });
  const open = (one: MediaLink, sessionId: string) =>
    one.send(sessionId, {
      verb: 'openSession',
      sessionId,
      callId: `call of ${sessionId}`,
      streams: [{ streamId: `${sessionId}.0`, kind: 'audio' }],
    });
  /** Lets promises and virtual time go on together. */
  const settle = async (ms = 50) => {
    for (let at = 0; at < ms; at += 5) {
      clock.advance(5);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, media, link, open, settle, opened, failures, state, cut: () => cut() };
}

test('a fresh control process finds the sessions of the one before, adopts its calls\u2019, and closes those that no call owns', async () => {
  const { media, link, open, settle } = scene();
  const first = link(1);
  await settle();
  open(first, 'kept');
  open(first, 'stray');
  await settle();
  assert.equal(media.engine.sessionCount, 2);
  const next = link(2);
  const finding = next.leftSessions({}, 3_000);
  await settle();
  const found = await finding;
  assert.deepEqual(
    found.map(({ sessionId, closed }) => [sessionId, closed]),
    [
      ['kept', false],
      ['stray', false],
    ],
  );
  assert.equal(next.adopt('kept', found[0]?.engineId ?? ''), true);
  assert.equal(next.adopt('kept', 'another engine'), false);
  next.closeStrays();
  await settle();
  assert.equal(media.engine.sessionCount, 1);
  next.send('kept', { verb: 'closeSession', sessionId: 'kept' });
  await settle();
  assert.equal(media.engine.sessionCount, 0);
});

test('the control process before, should it wake, can do no more harm: its epoch is lower', async () => {
  const { media, link, open, settle, failures } = scene();
  const first = link(1);
  await settle();
  open(first, 'kept');
  await settle();
  const next = link(2);
  await settle();
  first.send('kept', { verb: 'closeSession', sessionId: 'kept' });
  open(first, 'late');
  await settle();
  assert.equal(media.engine.sessionCount, 1);
  assert.deepEqual(failures, ['kept disconnected', 'late disconnected']);
  next.close();
});

test('a session whose end could not be said while the connection was away is closed when it is back', async () => {
  const { media, link, open, settle, cut } = scene();
  const one = link(1);
  one.closeStrays();
  await settle();
  open(one, 'talking');
  open(one, 'over');
  await settle();
  cut();
  await settle(10);
  one.send('over', { verb: 'closeSession', sessionId: 'over' });
  await settle(500);
  assert.equal(media.engine.sessionCount, 1);
  one.send('talking', { verb: 'closeSession', sessionId: 'talking' });
  await settle();
  assert.equal(media.engine.sessionCount, 0);
});

test('an engine that is away for a moment harms no call; one that stays away has lost its calls, and what is left in it is closed', async () => {
  const { media, link, open, settle, cut, failures, state } = scene();
  const one = link(1);
  one.closeStrays();
  await settle();
  open(one, 'talking');
  await settle();
  state.isAway = true;
  cut();
  await settle(9_000);
  state.isAway = false;
  await settle(2_000);
  assert.deepEqual(failures, []);
  state.isAway = true;
  cut();
  await settle(10_100);
  assert.deepEqual(failures, ['talking disconnected']);
  assert.equal(media.engine.sessionCount, 1);
  state.isAway = false;
  await settle(500);
  assert.equal(media.engine.sessionCount, 0);
});

test('an engine that does not answer holds a start up only so long', async () => {
  const { clock, settle } = scene();
  const deaf = new MediaLink({
    socketPaths: ['deaf'],
    epoch: 1,
    connect: () => () => ({ write: () => undefined, close: () => undefined }),
    timeouts: { after: () => () => undefined },
    post: (task) => task(),
    after: (ms, onTimer) => void clock.arm(ms, { onTimer }, 0),
    onOpened: () => undefined,
    onFailure: () => undefined,
    onEvent: () => undefined,
    report: () => undefined,
  });
  const finding = deaf.leftSessions({}, 3_000);
  await settle(3_100);
  assert.deepEqual(await finding, []);
});

test('from the second call on ports are held in advance: the streams are open in the same turn, and the engine has them', async () => {
  const { media, link, open, settle, opened } = scene();
  const one = link(1);
  await settle();
  open(one, 'first');
  await settle();
  open(one, 'second');
  assert.deepEqual(opened, ['first']);
  await settle(1);
  assert.deepEqual(opened, ['first', 'second']);
  await settle();
  assert.equal(media.engine.sessionCount, 2);
});

test('ports held in advance are lost with the connection, and held anew; those that the engine refuses end the call', async () => {
  const { media, link, open, settle, opened, failures, cut } = scene();
  const one = link(1);
  await settle();
  open(one, 'first');
  await settle();
  cut();
  await settle(500);
  open(one, 'second');
  await settle();
  assert.deepEqual([opened, failures], [['first', 'second'], []]);
  media.engine.drain(undefined);
  open(one, 'third');
  await settle();
  assert.deepEqual([opened, failures], [['first', 'second', 'third'], ['third draining']]);
});

test('a session that was told to the engine as the connection broke, and did not come there, is lost; those that it has go on', async () => {
  const { link, open, settle, failures, cut } = scene();
  const one = link(1);
  await settle();
  open(one, 'kept');
  await settle();
  open(one, 'on its way');
  cut();
  await settle(500);
  assert.deepEqual(failures, ['on its way disconnected']);
});
