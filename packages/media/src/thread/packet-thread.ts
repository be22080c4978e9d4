/**
 * One packet thread: owns its sockets, players and clock, obeys the main thread's commands. Knows nothing of sessions or of who listens; runs in a
 * worker (program/packet-worker.ts) or, in tests, in the same thread over sockets that are none.
 */
import { type PacketIo, type PacketSink, tickMs } from '../io/packet-io.ts';
import type { PayloadMap } from '../protocol/stream-spec.ts';
import { field, header, maxThreads, type Region } from '../region/layout.ts';
import { textOfCname } from './cname.ts';
import { endLostKey } from './dtmf-receiver.ts';
import { DtmfSender } from './dtmf-sender.ts';
import { Incoming } from './incoming.ts';
import { reopen, signalRemote } from './latch.ts';
import { Outgoing } from './outgoing.ts';
import { Player } from './player.ts';
import { RestingSockets } from './resting-sockets.ts';
import { reportIntervalMs, writeReports } from './rtcp-reports.ts';
import type { Sounds } from './sounds.ts';
import { createFrameSource } from './sources/create-frame-source.ts';
import { StreamTelling } from './telling.ts';
import type { StreamSettings, ThreadCommand, ThreadEvent } from './thread-message.ts';

const encoder = new TextEncoder();
/** Time-outs, lost key ends and reports are looked after every so many ticks. */
const careEveryTicks = 10;
const dropPayloadType = 255;

export interface PacketThreadOptions {
  readonly region: Region;
  readonly io: PacketIo;
  readonly sounds: Sounds;
  /** Which of the header's places is this thread's. */
  readonly index: number;
  tell(event: ThreadEvent): void;
  /** Performs what the main thread has asked for meanwhile; called before each packet and each tick. Default: it comes by itself. */
  fetch?(): void;
}

interface OpenStream {
  readonly base: number;
  readonly cname: number;
  player: Player | null;
  dtmf: DtmfSender | null;
}

/** A socket's stream and component: base * 2, plus 1 for RTCP. */
type SocketOwner = number;

/** Who announced silence (comfort noise) may be silent for so many times as long, RTCP included: longer than that nobody is there. */
const announcedSilenceFactor = 10;

export class PacketThread implements PacketSink {
  readonly #region: Region;
  readonly #io: PacketIo;
  readonly #options: PacketThreadOptions;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #telling: StreamTelling;
  readonly #owners: SocketOwner[] = [];
  readonly #streams = new Map<number, OpenStream>();
  /** Streams with a player or keys to press. */
  readonly #sounding = new Set<OpenStream>();
  readonly #resting = new RestingSockets();
  readonly #report = new Uint8Array(512);
  #startMs = 0;
  readonly #fetch: () => void;

  constructor(options: PacketThreadOptions) {
    this.#options = options;
    this.#region = options.region;
    this.#io = options.io;
    this.#fetch = options.fetch ?? (() => {});
    this.#telling = new StreamTelling(options.region, options.tell);
    this.#outgoing = new Outgoing(options.region, options.io);
    this.#incoming = new Incoming({
      region: options.region,
      io: options.io,
      outgoing: this.#outgoing,
      telling: this.#telling,
    });
  }

  start(): void {
    this.#startMs = this.#io.nowMs();
    this.#io.start(this);
  }

  stop(): void {
    this.#io.stop();
  }

  onPacket(socket: number, buffer: Uint8Array, offset: number, length: number): void {
    this.#fetch();
    const owner = this.#owners[socket];
    if (owner === undefined || owner < 0) {
      this.#resting.heard(socket, this.#io.nowMs());
      return;
    }
    this.#incoming.place(buffer, offset, length);
    if ((owner & 1) === 0) this.#incoming.onRtpSocket(owner >> 1);
    else this.#incoming.onRtcpSocket(owner >> 1);
  }

  onTick(number: number): void {
    this.#fetch();
    const nowMs = this.#io.nowMs();
    this.#noteLateness(nowMs - this.#startMs - number * tickMs);
    for (const stream of this.#sounding) this.#sound(stream, nowMs);
    if (number % careEveryTicks !== 0) return;
    for (const stream of this.#streams.values()) this.#care(stream, nowMs);
    const rested = this.#resting.takeRested(nowMs);
    if (rested.length > 0) this.#options.tell({ type: 'rested', rtp: rested });
  }

  perform(command: ThreadCommand): void {
    if (command.type === 'begin') this.#begin(command);
    else if (command.type === 'open') this.#open(command);
    else if (command.type === 'shut') this.#shut(command);
    else if (command.type === 'join') this.#join(command);
    else {
      const stream = this.#streams.get(command.record);
      if (stream !== undefined) this.#performOn(stream, command);
      else if (command.type === 'close') this.#options.tell({ type: 'closed', id: command.id });
    }
  }

  #performOn(stream: OpenStream, command: Exclude<ThreadCommand, { type: 'begin' | 'open' | 'shut' | 'join' }>): void {
    const { words } = this.#region;
    const { base } = stream;
    switch (command.type) {
      case 'take':
        this.#own(stream, command);
        break;
      case 'close':
        this.#close(stream, command.id);
        break;
      case 'settings':
        this.#settings(base, command.settings);
        break;
      case 'remote':
        if (command.remote === null) reopen(this.#region, base, false);
        else {
          words[base + field.MUX] = command.remote.mux ? 1 : 0;
          signalRemote(this.#region, base, command.remote.words, command.relock);
        }
        this.#startTimeout(base);
        break;
      case 'split':
        this.#split(base);
        break;
      case 'echo':
        words[base + field.ECHO] = command.on ? 1 : 0;
        break;
      case 'play':
        this.#play(stream, command);
        break;
      case 'stopPlay':
        this.#endPlay(stream, 'stopped');
        break;
      case 'dtmf':
        stream.dtmf ??= new DtmfSender(base);
        stream.dtmf.press(command.digits, command.durationMs, command.gapMs);
        words[base + field.PLAYING] = 1;
        this.#sounding.add(stream);
        break;
    }
  }

  #open(command: Extract<ThreadCommand, { type: 'open' }>): void {
    const rtp = { address: command.address, port: command.rtpPort, dscp: command.dscp };
    this.#io.open(rtp, (first) => {
      if (!first.ok) {
        this.#options.tell({
          type: 'opened',
          id: command.id,
          ok: false,
          reason: first.reason,
          detail: first.detail,
        });
        return;
      }
      this.#io.open({ ...rtp, port: command.rtpPort + 1 }, (second) => {
        if (!second.ok) {
          this.#io.close(first.socket);
          this.#options.tell({
            type: 'opened',
            id: command.id,
            ok: false,
            reason: second.reason,
            detail: second.detail,
          });
          return;
        }
        this.#options.tell({ type: 'opened', id: command.id, ok: true, rtp: first.socket, rtcp: second.socket });
      });
    });
  }

  #shut({ id, rtp, rtcp }: Extract<ThreadCommand, { type: 'shut' }>): void {
    this.#resting.forget(rtp);
    this.#io.close(rtp);
    this.#io.close(rtcp);
    this.#options.tell({ type: 'shut', id });
  }

  #begin({ record, cname }: Extract<ThreadCommand, { type: 'begin' }>): void {
    const base = this.#region.baseOf(record);
    this.#streams.set(record, { base, cname, player: null, dtmf: null });
    this.#startTimeout(base);
  }

  #own(stream: OpenStream, sockets: { readonly rtp: number; readonly rtcp: number }): void {
    this.#resting.forget(sockets.rtp);
    this.#region.words[stream.base + field.RTP_SOCKET] = sockets.rtp;
    this.#region.words[stream.base + field.RTCP_SOCKET] = sockets.rtcp;
    this.#owners[sockets.rtp] = stream.base * 2;
    this.#owners[sockets.rtcp] = stream.base * 2 + 1;
  }

  #close(stream: OpenStream, id: number): void {
    const { base } = stream;
    this.#endPlay(stream, 'stopped');
    this.#split(base);
    this.#sendReport(stream, true);
    this.#rest(base);
    this.#sounding.delete(stream);
    this.#streams.delete(this.#region.recordOf(base));
    this.#options.tell({ type: 'closed', id });
  }

  #rest(base: number): void {
    const { words } = this.#region;
    const [rtp, rtcp] = [words[base + field.RTP_SOCKET] as number, words[base + field.RTCP_SOCKET] as number];
    if (rtp < 0) return;
    this.#owners[rtp] = -1;
    this.#owners[rtcp] = -1;
    words[base + field.RTP_SOCKET] = -1;
    words[base + field.RTCP_SOCKET] = -1;
    this.#resting.add({ rtp, rtcp }, this.#io.nowMs());
  }

  #settings(base: number, settings: StreamSettings): void {
    const { words } = this.#region;
    words[base + field.MAY_SEND] = settings.maySend ? 1 : 0;
    words[base + field.MAY_RECEIVE] = settings.mayReceive ? 1 : 0;
    words[base + field.TIMEOUT_MS] = settings.timeoutMs;
    words[base + field.CLOCK_RATE] = settings.clockRate;
    words[base + field.DTMF_PAYLOAD_TYPE] = settings.dtmfPayloadType;
    words[base + field.COMFORT_NOISE_PAYLOAD_TYPE] = settings.comfortNoisePayloadType;
    words[base + field.PLAY_PAYLOAD_TYPE] = settings.playPayloadType;
    words[base + field.PLAY_LAW] = settings.playLaw;
    this.#startTimeout(base);
  }

  #startTimeout(base: number): void {
    this.#region.setDouble(base, field.LIFE_MS, this.#io.nowMs());
    this.#region.words[base + field.TIMED_OUT] = 0;
  }

  #join(command: Extract<ThreadCommand, { type: 'join' }>): void {
    const a = this.#streams.get(command.a);
    const b = this.#streams.get(command.b);
    if (a === undefined || b === undefined) return;
    for (const [stream, other, map] of [
      [a, b, command.mapAtoB],
      [b, a, command.mapBtoA],
    ] as const) {
      if (this.#region.words[stream.base + field.PEER] !== other.base) this.#split(stream.base);
      this.#region.words[stream.base + field.PEER] = other.base;
      this.#setMap(stream.base, map);
    }
  }

  #setMap(base: number, map: PayloadMap): void {
    const at = 4 * (base + field.PAYLOAD_MAP);
    for (let type = 0; type < 128; type++) this.#region.bytes[at + type] = map.length === 0 ? type : dropPayloadType;
    for (const [from, to] of map) this.#region.bytes[at + from] = to;
  }

  #split(base: number): void {
    const { words } = this.#region;
    const peer = words[base + field.PEER] as number;
    if (peer >= 0 && words[peer + field.PEER] === base) words[peer + field.PEER] = -1;
    words[base + field.PEER] = -1;
  }

  #play(stream: OpenStream, command: Extract<ThreadCommand, { type: 'play' }>): void {
    this.#endPlay(stream, 'replaced');
    const frames = createFrameSource(command.source, {
      sounds: this.#options.sounds,
      loop: command.loop,
      utcMs: () => this.#io.utcMs(),
    });
    stream.player = new Player(stream.base, command.playId, frames);
    this.#region.words[stream.base + field.PLAYING] = 1;
    this.#sounding.add(stream);
  }

  #endPlay(stream: OpenStream, reason: 'finished' | 'stopped' | 'replaced'): void {
    const player = stream.player;
    if (player === null) return;
    stream.player = null;
    this.#uncover(stream);
    this.#telling.playEnded(stream.base, player.playId, reason);
  }

  /** Nothing is played and no key pressed any more: the joined side is heard again. */
  #uncover(stream: OpenStream): void {
    if (stream.player !== null || stream.dtmf !== null) return;
    this.#region.words[stream.base + field.PLAYING] = 0;
    this.#sounding.delete(stream);
  }

  #sound(stream: OpenStream, nowMs: number): void {
    const muted = stream.dtmf !== null;
    if (stream.dtmf !== null && !stream.dtmf.tick(this.#region, this.#outgoing, nowMs)) {
      stream.dtmf = null;
      this.#uncover(stream);
    }
    if (stream.player !== null && !stream.player.tick(this.#region, this.#outgoing, { nowMs, muted }))
      this.#endPlay(stream, 'finished');
  }

  #care(stream: OpenStream, nowMs: number): void {
    const region = this.#region;
    const { base } = stream;
    endLostKey(region, base, nowMs, this.#telling);
    this.#checkTimeout(base, nowMs);
    const due = region.double(base, field.NEXT_REPORT_MS);
    if (nowMs < due) return;
    // The first one a second after the start, then every five (RFC 3550 §6.2), spread by what the record number is.
    const spreadMs = (region.recordOf(base) % 10) * 50;
    region.setDouble(base, field.NEXT_REPORT_MS, nowMs + (due === 0 ? 1000 + spreadMs : reportIntervalMs));
    if (due !== 0) this.#sendReport(stream, false);
  }

  #checkTimeout(base: number, nowMs: number): void {
    const { words } = this.#region;
    const timeoutMs = words[base + field.TIMEOUT_MS] as number;
    const bothWays = words[base + field.MAY_SEND] === 1 && words[base + field.MAY_RECEIVE] === 1;
    if (timeoutMs === 0 || !bothWays || words[base + field.TIMED_OUT] === 1) return;
    const silentMs = nowMs - this.#region.double(base, field.LIFE_MS);
    const boundMs = words[base + field.IN_SILENCE] === 1 ? timeoutMs * announcedSilenceFactor : timeoutMs;
    if (silentMs < boundMs) return;
    words[base + field.TIMED_OUT] = 1;
    this.#telling.timedOut(base, silentMs);
  }

  #sendReport(stream: OpenStream, bye: boolean): void {
    const { base } = stream;
    const { words } = this.#region;
    const heard = words[base + field.RX_STATE] === 1;
    if (words[base + field.RTCP_SOCKET] === -1 || (!heard && words[base + field.TX_STARTED] === 0)) return;
    const moment = {
      nowMs: this.#io.nowMs(),
      utcMs: this.#io.utcMs(),
      cname: encoder.encode(textOfCname(stream.cname)),
      bye,
    };
    const length = writeReports(this.#region, base, this.#report, moment);
    this.#outgoing.place(this.#report, 0, length);
    this.#outgoing.sendRtcp(base);
  }

  #noteLateness(lateMs: number): void {
    const at = header.TICK_LATE_MAX_US + (this.#options.index % maxThreads);
    const lateUs = Math.round(lateMs * 1000);
    if (lateUs > (this.#region.words[at] as number)) this.#region.words[at] = lateUs;
  }
}
