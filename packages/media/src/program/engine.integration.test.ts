/** The real process, real sockets, real time: that the parts which virtual time leaves out (program, workers, clock thread, dgram, Unix socket) carry sound. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { type MediaProcess, mediaContract, party, RtpTalker, startMediaProcess, untilTrue } from '@ringdown/testkit';

mediaContract('Unix socket', () => startMediaProcess());

async function withEngine(run: (engine: MediaProcess) => Promise<void>, args: readonly string[] = []): Promise<void> {
  const engine = await startMediaProcess(args);
  try {
    await run(engine);
  } finally {
    await engine.close();
  }
}

interface Leg {
  readonly payloadType: 0 | 8;
  readonly hz: number;
  readonly levelDbm0: number;
  /** Default 127.0.0.1. */
  readonly address?: string;
  readonly nearSessionId?: string;
}

async function leg(control: ReturnType<typeof party>, streamId: string, voice: Leg) {
  const { payloadType, hz, levelDbm0, address = '127.0.0.1' } = voice;
  const talker = await RtpTalker.open({
    ssrc: 0x1000 + hz,
    payloadType,
    address,
    says: { kind: 'tone', hz, levelDbm0 },
  });
  const { streams } = await control.must({
    verb: 'openSession',
    sessionId: `s-${streamId}`,
    callId: `call-${streamId}`,
    streams: [{ streamId, kind: 'audio', address }],
    ...(voice.nearSessionId === undefined ? {} : { nearSessionId: voice.nearSessionId }),
  });
  await control.must({
    verb: 'updateStream',
    streamId,
    remote: { address: talker.address, port: talker.port },
    codecs: [{ payloadType, name: payloadType === 0 ? 'PCMU' : 'PCMA', clockRate: 8000 }],
    dtmfPayloadType: 101,
  });
  const port = streams[0]?.rtpPort ?? 0;
  return { talker, port, talk: () => talker.talkTo(address, port) };
}

const assertTone = (talker: RtpTalker, hz: number, dbm0: number) => {
  const tone = talker.voice.heardTone();
  assert.ok(Math.abs(tone.hz - hz) < 1 && Math.abs(tone.dbm0 - dbm0) < 0.5 && tone.snrDb > 25, JSON.stringify(tone));
};

test('a relayed tone arrives both ways by frequency and level; killing the control connection changes nothing', async () => {
  await withEngine(async (engine) => {
    const control = party(engine, 1);
    const a = await leg(control, 'a', { payloadType: 0, hz: 1004, levelDbm0: -10 });
    const b = await leg(control, 'b', { payloadType: 0, hz: 440, levelDbm0: -16 });
    try {
      await control.must({ verb: 'join', a: 'a', b: 'b', payloadMapAtoB: [], payloadMapBtoA: [] });
      a.talk();
      b.talk();
      await untilTrue(() => a.talker.voice.heard.length > 60 && b.talker.voice.heard.length > 60);
      assertTone(a.talker, 440, -16);
      assertTone(b.talker, 1004, -10);
      control.client.close();
      const heard = b.talker.voice.heard.length;
      await untilTrue(() => b.talker.voice.heard.length > heard + 60);
      assertTone(b.talker, 1004, -10);
      const fresh = party(engine, 2);
      const { sessions } = await fresh.must({ verb: 'state' });
      assert.equal(sessions.length, 2);
      assert.ok((sessions[0]?.lastRtpAtUtcMs ?? 0) > Date.now() - 1000);
      const { statistics } = await fresh.must({ verb: 'closeSession', sessionId: 's-a' });
      assert.ok((statistics.streams[0]?.received.packets ?? 0) > 100);
      assert.equal(statistics.streams[0]?.received.lost, 0);
    } finally {
      a.talker.close();
      b.talker.close();
    }
  });
});

test('echo, then a played tone, then the far side: the phone hears one continuous stream of the right sounds', async () => {
  await withEngine(async (engine) => {
    const control = party(engine, 1);
    const a = await leg(control, 'a', { payloadType: 8, hz: 1004, levelDbm0: -10 });
    const b = await leg(control, 'b', { payloadType: 8, hz: 440, levelDbm0: -16 });
    const { heard } = a.talker.voice;
    const hear = async (packets: number) => {
      const from = heard.length;
      await untilTrue(() => heard.length >= from + packets);
    };
    try {
      a.talk();
      b.talk();
      await control.must({ verb: 'echo', streamId: 'a', on: true });
      await hear(60);
      assertTone(a.talker, 1004, -10);
      await control.must({
        verb: 'play',
        streamId: 'a',
        playId: 'p',
        source: { kind: 'tone', hz: 700, levelDbm0: -12 },
        loop: false,
      });
      await hear(60);
      assertTone(a.talker, 700, -12);
      await control.must({ verb: 'echo', streamId: 'a', on: false });
      await control.must({ verb: 'join', a: 'a', b: 'b', payloadMapAtoB: [], payloadMapBtoA: [] });
      await control.must({ verb: 'stopPlay', streamId: 'a' });
      await hear(60);
      assertTone(a.talker, 440, -16);
      assert.equal(new Set(heard.map((packet) => packet.ssrc)).size, 1);
      for (const [index, packet] of heard.entries()) {
        if (index > 0)
          assert.equal(packet.sequence, ((heard[index - 1]?.sequence ?? 0) + 1) & 0xffff, `packet ${index}`);
      }
    } finally {
      a.talker.close();
      b.talker.close();
    }
  });
});

test('two packet threads, IPv4 and IPv6: streams apart cannot be joined, streams opened near each other carry sound', async () => {
  await withEngine(
    async (engine) => {
      const control = party(engine, 1);
      const a = await leg(control, 'a', { payloadType: 0, hz: 1004, levelDbm0: -10 });
      const apart = await leg(control, 'apart', { payloadType: 0, hz: 800, levelDbm0: -10 });
      const b = await leg(control, 'b', {
        payloadType: 0,
        hz: 440,
        levelDbm0: -16,
        address: '::1',
        nearSessionId: 's-apart',
      });
      try {
        await control.mustFail(
          { verb: 'join', a: 'a', b: 'apart', payloadMapAtoB: [], payloadMapBtoA: [] },
          'not-co-located',
        );
        await control.must({ verb: 'join', a: 'apart', b: 'b', payloadMapAtoB: [], payloadMapBtoA: [] });
        apart.talk();
        b.talk();
        await untilTrue(() => apart.talker.voice.heard.length > 60 && b.talker.voice.heard.length > 60);
        assertTone(apart.talker, 440, -16);
        assertTone(b.talker, 800, -10);
        const latched = control.events.find((event) => event.type === 'streamLatched' && event.streamId === 'b');
        assert.equal(latched?.type === 'streamLatched' && latched.address, '::1');
      } finally {
        for (const each of [a, apart, b]) each.talker.close();
      }
    },
    ['--threads', '2', '--bind', '127.0.0.1', '--bind', '::1'],
  );
});

test('the control socket is for its owner only, SIGTERM drains and ends, and an idle engine ends by itself', async () => {
  await withEngine(async (engine) => {
    assert.equal(statSync(engine.socketPath).mode & 0o777, 0o600);
    const control = party(engine, 1);
    await control.must({
      verb: 'openSession',
      sessionId: 's',
      callId: 'c',
      streams: [{ streamId: 'a', kind: 'audio' }],
    });
    engine.child.kill('SIGTERM');
    await untilTrue(() => control.events.some((event) => event.type === 'draining'));
    await control.must({ verb: 'closeSession', sessionId: 's' });
    await untilTrue(() => engine.exitCode() !== null);
    assert.equal(engine.exitCode(), 0);
  });
  await withEngine(
    async (engine) => {
      await untilTrue(() => engine.exitCode() !== null);
      assert.equal(engine.exitCode(), 0);
      assert.match(engine.log(), /"why":"idle"/);
    },
    ['--idle-end-ms', '300'],
  );
});
