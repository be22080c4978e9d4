import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Direction } from '@ringdown/media/protocol';
import { createMediaBench } from '@ringdown/testkit';

const bench = (options = {}) => createMediaBench({ streamTimeoutMs: 5000, ...options });

test('no RTP and no RTCP for the time-out is told once, and again only after media came back', () => {
  const { a, media, ports, run, told, talk } = bench();
  talk();
  run(2000);
  a.pause();
  run(20_000);
  const [event] = told('streamTimeout').filter((each) => each.streamId === 'a');
  assert.ok(event !== undefined && event.silentMs >= 5000 && event.silentMs < 5300, JSON.stringify(event));
  assert.equal(told('streamTimeout').length, 1);
  a.talkTo(media, '10.0.0.1', ports.a);
  run(1000);
  a.pause();
  run(6000);
  assert.equal(told('streamTimeout').length, 2);
});

test('a stream that never hears anything times out too; 0 switches it off', () => {
  const { must, run, told } = bench();
  must({ verb: 'updateStream', streamId: 'b', timeoutMs: 0 });
  run(10_000);
  assert.deepEqual(
    told('streamTimeout').map((event) => event.streamId),
    ['a'],
  );
});

for (const direction of ['sendonly', 'recvonly', 'inactive'] satisfies Direction[]) {
  test(`hold and one-way (${direction}) do not count as silence, and the time begins anew afterwards`, () => {
    const { must, run, told } = bench();
    must({ verb: 'updateStream', streamId: 'a', direction });
    must({ verb: 'updateStream', streamId: 'b', timeoutMs: 0 });
    run(60_000);
    must({ verb: 'updateStream', streamId: 'a', direction: 'sendrecv' });
    run(4000);
    assert.equal(told('streamTimeout').length, 0);
    run(1500);
    assert.equal(told('streamTimeout').length, 1);
  });
}

test('announced silence (comfort noise, RFC 3389) does not count; RTCP is life', () => {
  const { a, b, media, ports, run, told, talk } = bench();
  talk();
  run(1000);
  const noise = a.voice.nextPacket().slice(0, 13);
  noise[1] = 13;
  a.pause();
  media.receive({
    from: { address: a.address, port: a.port },
    to: { address: '10.0.0.1', port: ports.a },
    bytes: noise,
  });
  b.pause();
  const report = Uint8Array.from([0x80, 201, 0, 1, 0, 0, 0, 0xb]);
  for (let second = 0; second < 30; second++) {
    media.receive({
      from: { address: b.address, port: b.port + 1 },
      to: { address: '10.0.0.1', port: ports.b + 1 },
      bytes: report,
    });
    run(1000);
  }
  assert.deepEqual(told('streamTimeout'), []);
  run(6000);
  assert.deepEqual(
    told('streamTimeout').map((event) => event.streamId),
    ['b'],
  );
  run(13_000);
  assert.equal(told('streamTimeout').length, 1, 'it announced its silence');
  run(3_000);
  assert.deepEqual(
    told('streamTimeout').map((event) => event.streamId),
    ['b', 'a'],
    'ten times as long, and no RTCP either: nobody is there',
  );
});

test('without control, a session with media goes on and one without it ends; then the process ends', () => {
  const ends: string[] = [];
  const { a, b, media, run, join, talk, events } = bench({
    orphanAfterMs: 60_000,
    idleEndMs: 60_000,
    onEnd: (why: string) => ends.push(why),
  });
  join();
  talk();
  run(1000);
  media.dropConnections();
  run(300_000);
  assert.equal(media.engine.sessionCount, 2, 'both talk: nothing ends');
  const heard = b.voice.heard.length;
  run(1000);
  assert.equal(b.voice.heard.length, heard + 50, 'the relay goes on');
  a.pause();
  b.pause();
  run(59_000);
  assert.equal(media.engine.sessionCount, 2);
  run(3000);
  assert.equal(media.engine.sessionCount, 0);
  const seen = events.length;
  const late: string[] = [];
  const client = media.createClient({ epoch: 2, onEvent: () => {} });
  client.send({ verb: 'state', eventsSince: {} }, (outcome) => {
    if (outcome.ok)
      for (const session of outcome.result.sessions)
        late.push(`${session.sessionId} ${JSON.stringify(session.events.at(-1))}`);
  });
  run(10);
  assert.equal(events.length, seen, 'the lost client hears no more');
  assert.match(late[0] ?? '', /^session-a .*"reason":"orphaned"/);
  assert.deepEqual(ends, ['idle']);
});

test('a second live source is told at most once a second, and counted', () => {
  const { a, media, ports, run, told, talk, must, join } = bench();
  join();
  talk();
  run(1000);
  const stranger = { address: '203.0.113.66', port: 666 };
  for (let count = 0; count < 100; count++) {
    media.receive({ from: stranger, to: { address: '10.0.0.1', port: ports.a }, bytes: a.voice.nextPacket() });
    run(20);
  }
  const refused = told('sourceRefused');
  assert.ok(refused.length >= 2 && refused.length <= 3, `${refused.length} events`);
  assert.equal(refused[0]?.address, stranger.address);
  assert.equal(must({ verb: 'stats', sessionId: 'session-a' }).statistics.streams[0]?.refused, 100);
});

test('all ports in use: a value, and the next session opens as soon as one has been given back', () => {
  const { media, must, run } = createMediaBench({ portMin: 30_000, portMax: 30_003 });
  const client = media.createClient({ epoch: 1, onEvent: () => {} });
  const outcomes: string[] = [];
  const open = (sessionId: string) => {
    client.send(
      { verb: 'openSession', sessionId, callId: 'c', streams: [{ streamId: sessionId, kind: 'audio' }] },
      (outcome) => {
        outcomes.push(outcome.ok ? 'ok' : outcome.error.code);
      },
    );
    run(100);
  };
  open('s1');
  must({ verb: 'closeSession', sessionId: 'session-a' });
  open('s2');
  assert.deepEqual(outcomes, ['ports-exhausted', 'ok']);
});
