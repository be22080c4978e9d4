/**
 * What every media engine must do, whatever it runs on: the suite is run on the virtual-time engine and, over a Unix socket, on the real process. Sound is
 * checked elsewhere; here it is the protocol: greeting, epochs, idempotency, order, failure as a value, state for a fresh control process.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  CommandOf,
  MediaClient,
  MediaErrorCode,
  MediaEvent,
  MediaOutcome,
  MediaResults,
  MediaVerb,
  RefusedCommand,
  SendOptions,
  SessionEvent,
} from '@ringdown/media/protocol';

/** One engine under test. */
export interface MediaHarness {
  createClient(options: {
    epoch: number;
    role?: 'control' | 'supervisor';
    versionRange?: { min: number; max: number };
    onEvent(event: MediaEvent): void;
    onRefused?(refused: RefusedCommand, error: { code: MediaErrorCode }): void;
    onReady?(hello: MediaResults['hello']): void;
    onClosed?(why: { detail: string; error: { code: MediaErrorCode } | null }): void;
  }): MediaClient;
  /** Sends bytes that are no proper frames; gives all that came back as text until the far side closed or a reply was there. */
  sendRaw(bytes: Uint8Array): Promise<{ readonly text: string; readonly closed: boolean }>;
  /** Lets time pass until it holds; rejects when it does not for long. */
  until(done: () => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Party {
  readonly client: MediaClient;
  readonly events: MediaEvent[];
  /** Of commands that were told: `verb id code`. */
  readonly refused: string[];
  ask<V extends MediaVerb>(command: CommandOf<V>, options?: SendOptions): Promise<MediaOutcome<V>>;
  /** The result, or a failed test. */
  must<V extends MediaVerb>(command: CommandOf<V>, options?: SendOptions): Promise<MediaResults[V]>;
  mustFail<V extends MediaVerb>(command: CommandOf<V>, code: MediaErrorCode): Promise<void>;
  closedWith: { detail: string; error: { code: MediaErrorCode } | null } | null;
}

export function party(
  harness: MediaHarness,
  epoch: number,
  role: 'control' | 'supervisor' = 'control',
  versionRange = { min: 1, max: 2 },
): Party {
  const events: MediaEvent[] = [];
  const refused: string[] = [];
  const client = harness.createClient({
    epoch,
    role,
    versionRange,
    onEvent: (event) => events.push(event),
    onRefused: ({ verb, sessionId, streamId }, { code }) =>
      refused.push(`${verb} ${sessionId ?? streamId ?? ''} ${code}`),
    onClosed: (why) => {
      self.closedWith = why;
    },
  });
  const ask = async <V extends MediaVerb>(command: CommandOf<V>, options?: SendOptions): Promise<MediaOutcome<V>> => {
    const box: MediaOutcome<V>[] = [];
    client.send<V>(command, (outcome) => box.push(outcome), options);
    await harness.until(() => box.length > 0);
    const outcome = box[0];
    assert.ok(outcome !== undefined);
    return outcome;
  };
  const self: Party = {
    client,
    events,
    refused,
    closedWith: null,
    ask,
    async must(command, options) {
      const outcome = await ask(command, options);
      assert.ok(outcome.ok, `${command.verb} failed: ${JSON.stringify(outcome)}`);
      return outcome.result;
    },
    async mustFail(command, code) {
      const outcome = await ask(command);
      assert.ok(!outcome.ok, `${command.verb} should have failed with ${code}`);
      assert.equal(outcome.error.code, code, outcome.error.detail);
    },
  };
  return self;
}

const session = (sessionId: string, ...streamIds: string[]): CommandOf<'openSession'> => ({
  verb: 'openSession',
  sessionId,
  callId: `call-of-${sessionId}`,
  streams: streamIds.map((streamId) => ({ streamId, kind: 'audio' })),
});
const pcmu = [{ payloadType: 0, name: 'PCMU', clockRate: 8000 }] as const;

/** Registers the suite; `make` gives a fresh engine for each test. */
export function mediaContract(name: string, make: () => Promise<MediaHarness>): void {
  const contract = (title: string, run: (harness: MediaHarness) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const harness = await make();
      try {
        await run(harness);
      } finally {
        await harness.close();
      }
    });
  greetingContract(contract);
  sessionContract(contract);
  reserveContract(contract);
  takeOverContract(contract);
}

type Contract = (title: string, run: (harness: MediaHarness) => Promise<void>) => void;

function greetingContract(contract: Contract): void {
  contract('the greeting says version, engine, capabilities and epoch', async (harness) => {
    const ready: MediaResults['hello'][] = [];
    harness.createClient({ epoch: 7, onEvent: () => {}, onReady: (hello) => ready.push(hello) });
    await harness.until(() => ready.length > 0);
    assert.equal(ready[0]?.version, 2);
    assert.equal(ready[0]?.epoch, 7);
    assert.match(ready[0]?.engineId ?? '', /^eng_/);
    for (const capability of ['relay', 'play', 'echo', 'dtmf'] as const)
      assert.ok(ready[0]?.capabilities.includes(capability), capability);
  });

  contract(
    'broken frames are answered by an error and cost nothing else; too long a frame ends the connection',
    async (harness) => {
      const frame = (text: string) => {
        const json = new TextEncoder().encode(text);
        const bytes = new Uint8Array(4 + json.length);
        new DataView(bytes.buffer).setUint32(0, json.length);
        bytes.set(json, 4);
        return bytes;
      };
      const rows: [text: string, code: string][] = [
        ['{', 'bad-frame'],
        ['[]', 'bad-command'],
        ['{"t":"command","key":"k","epoch":1,"command":{"verb":"levitate"}}', 'unknown-verb'],
        ['{"t":"command","key":"k","epoch":1,"command":{"verb":"closeSession"}}', 'bad-command'],
        ['{"t":"command","key":"k","epoch":1,"command":{"verb":"ping"}}', 'not-greeted'],
      ];
      for (const [text, code] of rows) {
        const answer = await harness.sendRaw(frame(text));
        assert.ok(answer.text.includes(`"code":"${code}"`), `${text} was answered ${answer.text}`);
        assert.equal(answer.closed, false, text);
      }
      const answer = await harness.sendRaw(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0));
      assert.ok(answer.text.includes('"code":"bad-frame"'), answer.text);
      assert.equal(answer.closed, true);
      await party(harness, 1).must({ verb: 'ping' });
    },
  );

  contract('a supervisor may ask how it goes, and nothing else', async (harness) => {
    const supervisor = party(harness, 0, 'supervisor');
    assert.equal((await supervisor.must({ verb: 'ping' })).sessions, 0);
    await supervisor.mustFail(session('s1', 'a'), 'role-forbidden');
  });
}

function sessionContract(contract: Contract): void {
  contract(
    'a session gives each stream an even RTP port and the next for RTCP, and gives them back',
    async (harness) => {
      const control = party(harness, 1);
      const before = (await control.must({ verb: 'ping' })).freePortPairs;
      const { streams } = await control.must(session('s1', 'a', 'b'));
      assert.deepEqual(
        streams.map((stream) => stream.streamId),
        ['a', 'b'],
      );
      for (const stream of streams) {
        assert.equal(stream.rtpPort % 2, 0);
        assert.equal(stream.rtcpPort, stream.rtpPort + 1);
      }
      assert.notEqual(streams[0]?.rtpPort, streams[1]?.rtpPort);
      assert.notEqual(streams[0]?.ssrc, streams[1]?.ssrc);
      assert.equal((await control.must({ verb: 'ping' })).freePortPairs, before - 2);
      const { statistics } = await control.must({ verb: 'closeSession', sessionId: 's1' });
      assert.equal(statistics.streams.length, 2);
      assert.equal((await control.must({ verb: 'ping' })).freePortPairs, before);
      const last = control.events.at(-1) as SessionEvent;
      assert.equal(last.type, 'sessionClosed');
      assert.equal(last.number, 1);
    },
  );

  contract('the same key is done once and answered twice', async (harness) => {
    const control = party(harness, 1);
    const first = await control.must(session('s1', 'a'), { key: 'only-once' });
    const second = await control.must(session('s1', 'a'), { key: 'only-once' });
    assert.deepEqual(second, first);
    await control.mustFail(session('s1', 'a2'), 'session-exists');
    await control.mustFail(session('s2', 'a'), 'stream-exists');
    assert.equal((await control.must({ verb: 'ping' })).sessions, 1);
  });

  contract('commands behind an openSession that is not answered yet are carried out in order', async (harness) => {
    const control = party(harness, 1);
    const outcomes: string[] = [];
    const note = (what: string) => (outcome: { ok: boolean }) => outcomes.push(`${what} ${outcome.ok}`);
    control.client.send(session('s1', 'a', 'b'), note('open'));
    control.client.send({ verb: 'updateStream', streamId: 'a', codecs: pcmu }, note('update'));
    control.client.send({ verb: 'join', a: 'a', b: 'b', payloadMapAtoB: [], payloadMapBtoA: [] }, note('join'));
    control.client.send({ verb: 'closeSession', sessionId: 's1' }, note('close'));
    await harness.until(() => outcomes.length === 4);
    assert.equal((await control.must({ verb: 'ping' })).sessions, 0);
    assert.ok(
      outcomes.includes('update true') && outcomes.includes('join true') && outcomes.includes('close true'),
      outcomes.join(),
    );
  });

  contract('what is only told is done in order, and heard of again only where it failed', async (harness) => {
    const control = party(harness, 1);
    control.client.tell(session('s1', 'a', 'b'));
    control.client.tell({ verb: 'join', a: 'a', b: 'b', payloadMapAtoB: [], payloadMapBtoA: [] });
    control.client.tell({ verb: 'split', streamId: 'nobody' });
    control.client.tell({ verb: 'closeSession', sessionId: 's0' });
    const { sessions } = await control.must({ verb: 'state' });
    assert.equal(sessions[0]?.streams[0]?.joined, 'b');
    assert.deepEqual(control.refused, ['split nobody unknown-stream', 'closeSession s0 unknown-session']);
  });

  contract(
    'who closes by telling hears no end of it; whoever else is in control does, and state knows it',
    async (harness) => {
      const [one, other] = [party(harness, 1), party(harness, 1)];
      await other.must({ verb: 'ping' });
      await one.must(session('s1', 'a'));
      one.client.tell({ verb: 'closeSession', sessionId: 's1' });
      await harness.until(() => other.events.length > 0);
      const { sessions } = await one.must({ verb: 'state' });
      assert.deepEqual([one.events, other.events.map(({ type }) => type)], [[], ['sessionClosed']]);
      assert.equal(sessions[0]?.events[0]?.number, 1);
    },
  );

  contract('a control process of version 1 is spoken to as ever', async (harness) => {
    const old = party(harness, 1, 'control', { min: 1, max: 1 });
    await old.must(session('s1', 'a', 'b'));
    old.client.tell({ verb: 'updateStream', streamId: 'a', codecs: pcmu });
    old.client.tell({ verb: 'join', a: 'a', b: 'nobody', payloadMapAtoB: [], payloadMapBtoA: [] });
    old.client.tell({ verb: 'closeSession', sessionId: 's1' });
    await harness.until(() => old.events.length > 0);
    assert.deepEqual([old.refused, old.events.map(({ type }) => type)], [['join  unknown-stream'], ['sessionClosed']]);
  });

  contract('what cannot be done fails with its code', async (harness) => {
    const control = party(harness, 1);
    await control.must(session('s1', 'a', 'b'));
    await control.mustFail({ verb: 'closeSession', sessionId: 'nobody' }, 'unknown-session');
    await control.mustFail({ verb: 'stats', sessionId: 'nobody' }, 'unknown-session');
    await control.mustFail({ verb: 'updateStream', streamId: 'nobody' }, 'unknown-stream');
    await control.mustFail(
      { verb: 'updateStream', streamId: 'a', remote: { address: 'phone.example', port: 4000 } },
      'bad-command',
    );
    await control.mustFail({ verb: 'join', a: 'a', b: 'a', payloadMapAtoB: [], payloadMapBtoA: [] }, 'bad-command');
    const tone = { kind: 'tone', hz: 1004, levelDbm0: -10 } as const;
    await control.mustFail({ verb: 'play', streamId: 'a', playId: 'p', source: tone, loop: false }, 'no-codec');
    await control.must({ verb: 'updateStream', streamId: 'a', codecs: pcmu });
    await control.mustFail(
      {
        verb: 'play',
        streamId: 'a',
        playId: 'p',
        source: { kind: 'prompt', names: ['goodbye', 'abracadabra'] },
        loop: false,
      },
      'unknown-prompt',
    );
    await control.mustFail({ verb: 'sendDtmf', streamId: 'a', digits: '1' }, 'no-dtmf');
    const elsewhere = {
      verb: 'openSession',
      sessionId: 's2',
      callId: 'c',
      streams: [{ streamId: 'z', kind: 'audio', address: '203.0.113.9' }],
    } as const;
    await control.mustFail(elsewhere, 'address-unavailable');
    assert.equal((await control.must({ verb: 'ping' })).sessions, 1, 'a session that failed to open leaves nothing');
  });

  contract('streams come and go within a session', async (harness) => {
    const control = party(harness, 1);
    await control.must(session('s1', 'a'));
    const { stream } = await control.must({
      verb: 'addStream',
      sessionId: 's1',
      stream: { streamId: 'v', kind: 'video' },
    });
    assert.equal(stream.streamId, 'v');
    assert.equal((await control.must({ verb: 'removeStream', streamId: 'a' })).statistics.streamId, 'a');
    const { sessions } = await control.must({ verb: 'state' });
    assert.deepEqual(
      sessions[0]?.streams.map((each) => each.local.streamId),
      ['v'],
    );
  });

  contract('draining refuses new sessions and says so', async (harness) => {
    const control = party(harness, 1);
    await control.must(session('s1', 'a'));
    assert.equal((await control.must({ verb: 'drain' })).sessions, 1);
    await control.mustFail(session('s2', 'b'), 'draining');
    assert.equal(control.events[0]?.type, 'draining');
  });
}

function reserveContract(contract: Contract): void {
  const naming = (sessionId: string, ...transportIds: string[]): CommandOf<'openSession'> => ({
    verb: 'openSession',
    sessionId,
    callId: `call-of-${sessionId}`,
    streams: transportIds.map((transportId, index) => ({
      streamId: `${sessionId}.${index}`,
      kind: 'audio',
      transportId,
    })),
  });

  contract('a reserved transport is the stream’s that names it, without an answer, and once', async (harness) => {
    const control = party(harness, 1);
    const { transports } = await control.must({ verb: 'reserve', count: 3 });
    assert.equal(new Set(transports.map(({ rtpPort }) => rtpPort)).size, 3);
    assert.equal(new Set(transports.map(({ place }) => place)).size, 1);
    const [one, other] = transports.map(({ transportId }) => transportId) as [string, string, string];
    control.client.tell(naming('s1', one, other));
    control.client.tell({ verb: 'join', a: 's1.0', b: 's1.1', payloadMapAtoB: [], payloadMapBtoA: [] });
    const { sessions } = await control.must({ verb: 'state' });
    for (const [index, stream] of (sessions[0]?.streams ?? []).entries()) {
      const { place: _, ...transport } = transports[index] as (typeof transports)[number];
      assert.deepEqual(stream.local, { ...transport, streamId: `s1.${index}` });
    }
    assert.equal(sessions[0]?.streams[0]?.joined, 's1.1');
    await control.mustFail(naming('s2', one), 'unknown-transport');
    const third = transports[2]?.transportId ?? '';
    await control.mustFail(naming('s1', third), 'session-exists');
    await control.mustFail(naming('s2', third), 'unknown-transport');
    await control.mustFail(naming('s2', 'never'), 'unknown-transport');
    assert.equal((await control.must({ verb: 'ping' })).sessions, 1);
  });

  contract(
    'what is reserved goes with the connection that reserved it, and its ports are free again',
    async (harness) => {
      const first = party(harness, 1);
      const before = (await first.must({ verb: 'ping' })).freePortPairs;
      const { transports } = await first.must({ verb: 'reserve', count: 2 });
      const [used, unused] = transports.map(({ transportId }) => transportId) as [string, string];
      await first.must(naming('s1', used));
      first.client.close();
      const next = party(harness, 2);
      await next.must({ verb: 'ping' });
      await next.mustFail(naming('s2', unused), 'unknown-transport');
      const { sessions } = await next.must({ verb: 'state' });
      assert.deepEqual(
        sessions.map(({ sessionId, closed }) => [sessionId, closed]),
        [['s1', false]],
      );
      await next.must({ verb: 'closeSession', sessionId: 's1' });
      const free: number[] = [];
      const ask = () => next.client.send({ verb: 'ping' }, (done) => done.ok && free.push(done.result.freePortPairs));
      await harness.until(() => {
        if (free.at(-1) !== before) ask();
        return free.at(-1) === before;
      });
    },
  );

  contract('only a share of the free ports is reserved, and none by who drains', async (harness) => {
    const control = party(harness, 1);
    const { freePortPairs } = await control.must({ verb: 'ping' });
    const { transports } = await control.must({ verb: 'reserve', count: 256 });
    assert.equal(transports.length, Math.floor(freePortPairs / 8));
    await control.mustFail({ verb: 'reserve', count: 1, address: '203.0.113.9' }, 'address-unavailable');
    await control.must({ verb: 'drain' });
    await control.mustFail({ verb: 'reserve', count: 1 }, 'draining');
  });
}

function takeOverContract(contract: Contract): void {
  contract(
    'a lost control connection closes no session; the next one reads state and the events it missed',
    async (harness) => {
      const first = party(harness, 1);
      await first.must(session('s1', 'a', 'b'));
      await first.must(session('s2', 'c'));
      await first.must({
        verb: 'updateStream',
        streamId: 'a',
        codecs: pcmu,
        direction: 'sendonly',
        dtmfPayloadType: 101,
        remote: { address: '127.0.0.1', port: 9 },
      });
      await first.must({ verb: 'join', a: 'a', b: 'b', payloadMapAtoB: [], payloadMapBtoA: [] });
      first.client.close();
      const second = party(harness, 2);
      await second.must({ verb: 'closeSession', sessionId: 's2' });
      const { sessions, next } = await second.must({ verb: 'state', eventsSince: { s1: 0 } });
      assert.equal(next, null);
      assert.deepEqual(
        sessions.map((each) => [each.sessionId, each.closed]),
        [
          ['s1', false],
          ['s2', true],
        ],
      );
      const a = sessions[0]?.streams.find((stream) => stream.local.streamId === 'a');
      assert.deepEqual(
        {
          joined: a?.joined,
          direction: a?.direction,
          dtmf: a?.dtmfPayloadType,
          codecs: a?.codecs,
          remote: a?.remote,
          latched: a?.latched,
        },
        {
          joined: 'b',
          direction: 'sendonly',
          dtmf: 101,
          codecs: pcmu,
          remote: { address: '127.0.0.1', port: 9 },
          latched: null,
        },
      );
      assert.equal(sessions[1]?.events.at(-1)?.type, 'sessionClosed');
      const page = await second.must({ verb: 'state', limit: 1 });
      assert.equal(page.next, 's1');
      assert.equal(
        (await second.must({ verb: 'state', limit: 1, after: 's1', eventsSince: { s2: 1 } })).sessions[0]?.events
          .length,
        0,
      );
    },
  );

  contract('a higher epoch takes over; a lower one is refused and its connection ended', async (harness) => {
    const old = party(harness, 5);
    await old.must(session('s1', 'a'));
    const fresh = party(harness, 6);
    await fresh.must({ verb: 'ping' });
    await harness.until(() => old.closedWith !== null);
    const late = party(harness, 5);
    await harness.until(() => late.closedWith !== null);
    assert.equal(late.closedWith?.error?.code, 'stale-epoch');
    await fresh.must({ verb: 'closeSession', sessionId: 's1' });
  });

  contract('events of a session are numbered without gaps', async (harness) => {
    const control = party(harness, 1);
    await control.must(session('s1', 'a'));
    await control.must({ verb: 'updateStream', streamId: 'a', codecs: pcmu });
    for (const playId of ['p1', 'p2', 'p3']) {
      await control.must({ verb: 'play', streamId: 'a', playId, source: { kind: 'silence' }, loop: false });
    }
    await control.must({ verb: 'stopPlay', streamId: 'a' });
    await control.must({ verb: 'closeSession', sessionId: 's1' });
    const seen = control.events.map((event) => ('number' in event ? `${event.number} ${event.type}` : event.type));
    assert.deepEqual(seen, ['1 playEnded', '2 playEnded', '3 playEnded', '4 sessionClosed']);
    const reasons = control.events.map((event) =>
      event.type === 'playEnded' ? `${event.playId} ${event.reason}` : '',
    );
    assert.deepEqual(reasons.slice(0, 3), ['p1 replaced', 'p2 replaced', 'p3 stopped']);
  });
}
