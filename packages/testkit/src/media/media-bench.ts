/**
 * Two phones round a virtual media engine, each with an open stream that knows its address: what most scenario tests of the engine begin with. Everything is
 * synchronous: `run` lets virtual time pass.
 */
import assert from 'node:assert/strict';
import type {
  MediaCommand,
  MediaEvent,
  MediaOutcome,
  MediaResults,
  MediaVerb,
  PayloadMap,
} from '@ringdown/media/protocol';
import { VirtualClock } from '../clock/virtual-clock.ts';
import type { Utterance } from './rtp-voice.ts';
import {
  createVirtualMediaEngine,
  type VirtualMediaEngine,
  type VirtualMediaEngineOptions,
} from './virtual-media-engine.ts';
import { VirtualTalker } from './virtual-talker.ts';

type EventOf<Type extends MediaEvent['type']> = Extract<MediaEvent, { readonly type: Type }>;

export interface MediaBench {
  readonly clock: VirtualClock;
  readonly media: VirtualMediaEngine;
  readonly events: MediaEvent[];
  /** Phone `a` speaks PCMU with SSRC 0xa, `b` PCMU with SSRC 0xb. */
  readonly a: VirtualTalker;
  readonly b: VirtualTalker;
  readonly ports: { readonly a: number; readonly b: number };
  run(ms: number): void;
  /** Sends a command and gives its result; a failure fails the test. */
  must<V extends MediaVerb>(command: Extract<MediaCommand, { readonly verb: V }>): MediaResults[V];
  join(mapAtoB?: PayloadMap, mapBtoA?: PayloadMap): void;
  /** Both phones speak to their streams. */
  talk(): void;
  told<Type extends MediaEvent['type']>(type: Type): EventOf<Type>[];
}

export const engineAddress = '10.0.0.1';

export interface MediaBenchOptions extends Partial<Omit<VirtualMediaEngineOptions, 'clock' | 'onSend'>> {
  readonly aSays?: Utterance;
  readonly bSays?: Utterance;
  /** Where phone `b` begins to count: 1000 and 160,000 unless said. */
  readonly bFirst?: { readonly firstSequence: number; readonly firstTimestamp: number };
}

export function createMediaBench(options: MediaBenchOptions = {}): MediaBench {
  const clock = new VirtualClock();
  const talkers: VirtualTalker[] = [];
  const media = createVirtualMediaEngine({
    ...options,
    clock,
    onSend: (datagram) => {
      for (const talker of talkers) talker.take(datagram);
    },
  });
  const events: MediaEvent[] = [];
  const client = media.createClient({ epoch: 1, onEvent: (event) => events.push(event) });
  const must = <V extends MediaVerb>(command: Extract<MediaCommand, { readonly verb: V }>): MediaResults[V] => {
    const outcomes: MediaOutcome<V>[] = [];
    client.send<V>(command, (outcome) => outcomes.push(outcome));
    clock.advanceUntil(() => outcomes.length > 0, 10_000);
    const [outcome] = outcomes;
    assert.ok(outcome?.ok, `${command.verb}: ${JSON.stringify(outcome)}`);
    return outcome.result;
  };
  const phone = (streamId: 'a' | 'b', ssrc: number, says: Utterance) => {
    const talker = new VirtualTalker({
      clock,
      address: `192.0.2.${ssrc}`,
      port: 4000,
      ssrc,
      says,
      ...(streamId === 'b' ? options.bFirst : {}),
    });
    talkers.push(talker);
    const { streams } = must({
      verb: 'openSession',
      sessionId: `session-${streamId}`,
      callId: 'call',
      streams: [{ streamId, kind: 'audio' }],
    });
    must({
      verb: 'updateStream',
      streamId,
      remote: { address: talker.address, port: talker.port },
      codecs: [{ payloadType: 0, name: 'PCMU', clockRate: 8000 }],
      dtmfPayloadType: 101,
    });
    return { talker, port: streams[0]?.rtpPort ?? 0 };
  };
  const a = phone('a', 0xa, options.aSays ?? { kind: 'tone', hz: 1004, levelDbm0: -10 });
  const b = phone('b', 0xb, options.bSays ?? { kind: 'tone', hz: 440, levelDbm0: -16 });
  return {
    clock,
    media,
    events,
    a: a.talker,
    b: b.talker,
    ports: { a: a.port, b: b.port },
    run: (ms) => clock.advance(ms),
    must,
    join: (payloadMapAtoB = [], payloadMapBtoA = []) => {
      must({ verb: 'join', a: 'a', b: 'b', payloadMapAtoB, payloadMapBtoA });
    },
    talk: () => {
      a.talker.talkTo(media, engineAddress, a.port);
      b.talker.talkTo(media, engineAddress, b.port);
    },
    told: (type) => events.filter((event) => event.type === type) as never,
  };
}
