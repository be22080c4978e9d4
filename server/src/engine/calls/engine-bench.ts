/** For tests: an engine with an edge and a media engine that only write down what they are told. */

import type { MediaCommand } from '@ringdown/media/protocol';
import { parseSdp, type SessionDescription } from '@ringdown/sdp';
import { createManualTime } from '#base/clock';
import { createIdSource, createSeededRandom, type LegId, type TenantId, type UserId } from '#base/ids';
import { CallEngine } from './call-engine.ts';
import type { CallPlan, CallState, DialTarget } from './call-state.ts';
import { type EndCauseCode, endCause } from './end-cause.ts';
import type { LegCommand } from './leg-port.ts';

export class EngineBench {
  readonly time = createManualTime();
  readonly ids = createIdSource(this.time, createSeededRandom(1));
  readonly commands: LegCommand[] = [];
  readonly media: MediaCommand[] = [];
  readonly told: string[] = [];
  readonly ended: CallState[] = [];
  ringMs: number | null = null;
  /** The peers are behind NAT. */
  isHidden = false;
  /** False: replies of the media engine are held back. */
  opensStreams = true;
  #nextPort = 20_000;
  readonly engine = new CallEngine({
    time: this.time,
    ids: this.ids,
    settings: { mediaTimeoutMs: 30_000, codecs: ['PCMU', 'PCMA'], dscp: { audio: 46, video: 34 }, utcOffsetMin: 0 },
    edge: () => ({
      perform: (command) => this.commands.push(command),
      peerPlace: ({ destination }) => ({
        address: destination === null ? '192.0.2.1' : '192.0.2.2',
        isSecure: false,
        isTrunk: false,
        isHidden: this.isHidden,
      }),
    }),
    media: (_call, command) => this.media.push(command),
    tell: (_call, type) => this.told.push(type),
    ringTimer: (_callId, afterMs) => {
      this.ringMs = afterMs;
    },
  });

  /** A call from 100 to 101, with or without an offer. */
  begin(plan: CallPlan, offer: SessionDescription | null = offerOf('192.0.2.1', 4000, '0 8 101')): CallState {
    const call = this.engine.begin({
      legId: this.ids.next('leg'),
      edge: 'sip',
      tenantId: this.ids.next('tenant') as TenantId,
      origin: { kind: 'user', userId: this.ids.next('user') as UserId },
      from: { displayName: '', user: '100', host: 'a.test' },
      to: { displayName: '', user: '101', host: 'a.test' },
      crossing: { maxForwards: 69, headers: [] },
      offer,
      receivedUtcMs: this.time.nowUtcMs(),
    });
    this.engine.carryOut(call, plan);
    this.settle();
    return call;
  }

  /** Answers what the media engine was asked. */
  settle(): void {
    while (this.opensStreams) {
      const asked = this.media.findIndex((command) => command.verb === 'openSession' || command.verb === 'addStream');
      if (asked < 0) return;
      const [command] = this.media.splice(asked, 1);
      if (command?.verb === 'openSession')
        this.engine.onStreamsOpened(
          command.sessionId,
          command.streams.map((spec) => this.#open(spec.streamId)),
        );
      if (command?.verb === 'addStream')
        this.engine.onStreamsOpened(command.sessionId, [this.#open(command.stream.streamId)]);
    }
  }

  #open(streamId: string) {
    this.#nextPort += 2;
    return {
      streamId,
      transportId: streamId,
      address: '203.0.113.9',
      rtpPort: this.#nextPort,
      rtcpPort: this.#nextPort + 1,
      ssrc: 1,
      cname: 'x',
    };
  }

  /** Takes the commands given since the last time, as `type` or `type:status` with the leg's role. */
  take(call: CallState): string[] {
    return this.commands.splice(0).map((command) => {
      const leg = call.legs.find((one) => one.legId === command.legId);
      const at = leg === undefined || leg.role === 'caller' ? 'A' : `B${call.legs.indexOf(leg)}`;
      if (command.type === 'end') return `${at} end ${command.cause.code}`;
      return command.type === 'ring' ? `${at} ring ${command.status}` : `${at} ${command.type}`;
    });
  }

  legId(call: CallState, index: number): LegId {
    const leg = call.legs[index];
    if (leg === undefined) throw new RangeError(`no leg ${index}`);
    return leg.legId;
  }

  answer(
    call: CallState,
    index: number,
    description: SessionDescription | null = offerOf('192.0.2.2', 5000, '0 101'),
  ): void {
    const crossing = { maxForwards: 70, headers: [] };
    this.engine.onLegEvent({ type: 'answered', legId: this.legId(call, index), source: 'x', description, crossing });
    this.settle();
  }

  ring(call: CallState, index: number, status = 180, description: SessionDescription | null = null): void {
    this.engine.onLegEvent({
      type: 'ringing',
      legId: this.legId(call, index),
      status,
      source: `fork${index}`,
      description,
    });
  }

  end(call: CallState, index: number, code: EndCauseCode = 'normal-clearing', status?: number): void {
    const cause = endCause(code, { by: 'peer', ...(status === undefined ? {} : { status }) });
    this.engine.onLegEvent({ type: 'ended', legId: this.legId(call, index), cause });
  }

  acknowledge(call: CallState, description: SessionDescription | null = null): void {
    this.engine.onLegEvent({ type: 'acknowledged', legId: this.legId(call, 0), description });
  }

  /** A call that is up, its commands taken. */
  up(more: Partial<DialTarget> = {}): CallState {
    const targets = [{ ...target('101'), ...more }];
    const call = this.begin({ kind: 'dial', steps: [{ targets, ringMs: 30_000 }] });
    this.answer(call, 1);
    this.acknowledge(call);
    this.take(call);
    this.media.length = 0;
    return call;
  }
}

export function target(user: string, codecs: readonly string[] = ['PCMU', 'PCMA']): DialTarget {
  const party = { displayName: '', user, host: 'a.test' };
  const destination = {
    kind: 'binding',
    aor: `${user}@a.test`,
    contactUri: `sip:${user}@192.0.2.2`,
    path: [],
    flow: '',
  } as const;
  return { edge: 'sip', destination, to: party, from: { displayName: '', user: '100', host: 'a.test' }, codecs };
}

export function offerOf(address: string, port: number, formats: string, extra = ''): SessionDescription {
  const text = `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${formats}\r\na=rtpmap:101 telephone-event/8000\r\n${extra}`;
  const parsed = parseSdp(text);
  if (!parsed.ok) throw new TypeError(parsed.failure.reason);
  return parsed.sdp;
}
