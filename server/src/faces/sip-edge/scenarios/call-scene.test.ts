/**
 * Whole calls in virtual time: the SIP edge, the call engine, the decision and the link to media, joined as server/src/processes/control/telephony.ts joins
 * them, over the virtual network and the virtual media engine. After every turn the changed calls are stored as the append log stores them, and now and then
 * taken up again from that, so each scenario also shows that a call's state is plain data, and that what is stored of it is enough.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatContent, parseSdp } from '@ringdown/sdp';
import type { TimerId } from '@ringdown/sip';
import {
  createVirtualMediaEngine,
  type LinkSettings,
  labelOf,
  textOf,
  type VirtualMediaEngine,
  VirtualTalker,
} from '@ringdown/testkit';
import type { CallId } from '#base/ids';
import {
  applyRecord,
  CallEngine,
  type CallState,
  type EndCause,
  isAtRest,
  LoggedRows,
  type Referral,
  readCall,
  restCall,
  restRows,
  takeCall,
  wakeCall,
} from '#engine/calls';
import { MediaLink } from '#engine/media';
import { createCalling, createTransferring, receiveCall } from '#services/calling';
import type { Trace } from '#services/trace';
import { edgeAddress, type Scene, type SceneOptions, scene } from '../edge-scene.test.ts';
import { traceWire } from '../trace-wire.ts';
import { Phone } from './phone.test.ts';

type MediaCommand = Parameters<MediaLink['send']>[1];

export interface CallSceneOptions {
  readonly seed?: number;
  readonly link?: Partial<LinkSettings>;
  readonly mediaTimeoutMs?: number;
  readonly codecs?: readonly string[];
  /** Ports of the media engine, in pairs from 30000. */
  readonly portMax?: number;
  /** Devices of user 101; the first is `bob`. Default 1. */
  readonly devices?: number;
  /** Their q-values; default all alike. */
  readonly q?: readonly number[];
  /** Of the tenant; default relay. */
  readonly path?: 'direct';
  /** User 102 has a phone, too. */
  readonly third?: boolean;
  /** Is fed with what comes to the edge and leaves it. */
  readonly trace?: Trace;
}

export async function callScene(options: CallSceneOptions = {}): Promise<CallScene> {
  const later: { scene: CallScene | null } = { scene: null };
  const made = await scene({
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    calls: () => [...(later.scene?.engine.calls() ?? [])],
    onIncoming: (incoming, sipCallId) => later.scene?.incoming(incoming, sipCallId),
    ...(options.trace === undefined ? {} : traced(options.trace, () => later.scene?.made.time)),
    onLegEvent: (event) => later.scene?.turn((engine) => engine.onLegEvent(event)),
    onReferral: (referral) => later.scene?.refer(referral),
  });
  if (options.path !== undefined) await made.directory.updateTenant(made.actor, { media: options.path });
  later.scene = new CallScene(made, options);
  return later.scene;
}

/** Without what ends with the process. */
function asLeft(call: CallState): unknown {
  const { plan, ...rest } = call;
  const legs = call.legs.map(
    ({ offeredEarly: _untilAnswered, answeredAs: _andThis, sessionId: _untilRestart, ...leg }) => {
      const { codec } = leg.media;
      const pending = { pendingLocal: null, pendingRemote: null, pendingLines: null };
      const counts = call.phase === 'up' && (leg.phase === 'answered' || leg.phase === 'up');
      return { ...leg, reoffer: null, media: counts ? { ...leg.media, ...pending } : { codec } };
    },
  );
  const service = plan.kind === 'serve' ? plan.service : null;
  return {
    ...rest,
    plan: { kind: plan.kind, service },
    legs,
    crossing: null,
    ringDeadlineUtcMs: null,
    takingPlace: null,
  };
}

/** Nothing is under way that another process would not go on with. */
function isQuiet(call: CallState): boolean {
  const { phase, legs } = call;
  const isAtRest = ({ reoffer, media }: CallState['legs'][number]): boolean =>
    reoffer === null && media.pendingLocal === null && media.pendingRemote === null && media.pendingLines === null;
  return phase === 'up' && legs.every((leg) => leg.phase === 'ended' || isAtRest(leg));
}

/** As telephony.ts feeds it. */
function traced(trace: Trace, time: () => Scene['time'] | undefined): Pick<SceneOptions, 'tap' | 'onDialled'> {
  const now = { nowMs: () => time()?.nowMs() ?? 0, nowUtcMs: () => time()?.nowUtcMs() ?? 0 };
  return {
    tap: traceWire(trace, now),
    onDialled: ({ sipCallId, callId, legId }) => trace.bind(sipCallId, callId, legId),
  };
}

export class CallScene {
  readonly made: Scene;
  readonly media: VirtualMediaEngine;
  readonly engine: CallEngine;
  readonly link: MediaLink;
  readonly ada: Phone;
  readonly bob: Phone;
  /** All devices of user 101, `bob` first. */
  readonly devices: readonly Phone[];
  readonly guests: Phone[] = [];
  /** Of user 102, where there is one. */
  readonly carol: Phone | null;
  readonly commands: MediaCommand[] = [];
  readonly told: string[] = [];
  readonly ended: CallState[] = [];
  /** Timers that stand without any call. */
  readonly timersAtRest: number;
  readonly #ringTimers = new Map<CallId, TimerId>();
  #outbox: { readonly sessionId: string; readonly command: MediaCommand }[] = [];
  #isTurnOpen = false;
  readonly #talkers: VirtualTalker[] = [];
  readonly #trace: Trace | undefined;

  constructor(made: Scene, options: CallSceneOptions) {
    const { clock, network, time, ids, edge } = made;
    this.made = made;
    this.#trace = options.trace;
    const { portMax = 30_199, devices = 1, mediaTimeoutMs = 0, codecs = ['G722', 'PCMU', 'PCMA'] } = options;
    this.media = createVirtualMediaEngine({
      clock,
      addresses: [edgeAddress],
      portMax,
      onSend: (datagram) => {
        for (const talker of this.#talkers) talker.take(datagram);
      },
    });
    this.engine = new CallEngine({
      time,
      ids,
      settings: { mediaTimeoutMs, codecs: ['PCMU', 'PCMA'], dscp: { audio: 46, video: 34 }, utcOffsetMin: 0 },
      edge: (name) => (name === 'sip' ? edge : undefined),
      media: (call, command) => {
        this.#outbox.push({ sessionId: call.media.sessionId, command });
        this.commands.push(command);
      },
      tell: (_call, type) => void this.told.push(type),
      ringTimer: (callId, afterMs) => this.#setRingTimer(callId, afterMs),
    });
    this.link = new MediaLink({
      socketPaths: ['virtual'],
      epoch: 1,
      connect: () => this.media.connect,
      timeouts: {
        after: (ms, run) => {
          const id = clock.arm(ms, { onTimer: run }, 0);
          return () => clock.disarm(id);
        },
      },
      post: (task) => network.later(0, task),
      after: (ms, task) => network.later(ms, task),
      onOpened: (sessionId, streams) => this.turn((engine) => engine.onStreamsOpened(sessionId, streams)),
      onFailure: (sessionId, error) => this.turn((engine) => engine.onMediaFailure(sessionId, error)),
      onEvent: (event) => this.turn((engine) => engine.onMediaEvent(event)),
      report: () => undefined,
    });
    this.#decide = this.#createCalling(codecs);
    const phone = (at: number, { username, password }: Scene['one']) =>
      new Phone(network, `192.0.2.${at}`, username, password ?? '');
    this.ada = phone(20, made.one);
    this.devices = Array.from({ length: devices }, (_, at) => phone(21 + at, made.two));
    this.bob = this.devices[0] ?? assert.fail();
    this.carol = options.third === true ? phone(40, made.modern) : null;
    for (const [at, one] of this.phones.entries()) {
      const q = at === 0 ? undefined : options.q?.[at - 1];
      const contact = `<sip:${one.user}@${one.address}>${q === undefined ? '' : `;q=${q}`}`;
      assert.equal(
        one.register([
          ['Contact', contact],
          ['Expires', '3600'],
        ]).status,
        200,
      );
    }
    clock.advance(70_000);
    this.timersAtRest = clock.armedCount;
    const { link } = options;
    if (link !== undefined) for (const one of [this.ada, ...this.devices]) network.link(one.host, made.layerHost, link);
  }

  readonly #logged = new Map<CallId, { readonly written: LoggedRows; readonly read: unknown[][] }>();
  #turns = 0;
  readonly #decide: ReturnType<typeof createCalling>['decide'];

  #createCalling(codecs: readonly string[]) {
    const { directory, registrar, trunks } = this.made;
    return createCalling({
      ports: {
        directory: directory.views,
        registrar,
        outbound: (tenant, dialled) => trunks.resolveOutbound(tenant, dialled),
        channelsInUse: (trunk) => this.engine.channelsOf(trunk),
        downSince: () => undefined,
        trunk: (tenant, id, number) => {
          const trunk = trunks.views.get(tenant, id);
          return trunk === undefined ? undefined : { trunk, number };
        },
      },
      ringMs: 30_000,
      trunkRingMs: 120_000,
      codecs,
    }).decide;
  }

  incoming(incoming: Parameters<CallEngine['begin']>[0], sipCallId: string): void {
    this.turn((engine) => {
      const onKnown = ({ callId }: CallState) => this.#trace?.bind(sipCallId, callId, incoming.legId);
      const directory = this.made.directory.views;
      receiveCall({ engine, calling: { decide: this.#decide }, directory, onKnown }, incoming);
    });
  }

  refer(referral: Referral): void {
    const { directory, trunks, ids, time } = this.made;
    const transferring = createTransferring({
      engine: () => this.engine,
      decide: this.#decide,
      directory: directory.views,
      trunk: (tenant, id) => trunks.views.get(tenant, id),
      ids,
      nowUtcMs: time.nowUtcMs,
    });
    this.turn(() => transferring(referral));
  }

  turn(input: (engine: CallEngine) => void): void {
    input(this.engine);
    if (this.#isTurnOpen) return;
    this.#isTurnOpen = true;
    this.made.network.later(0, () => this.#endTurn());
  }

  #endTurn(): void {
    this.#isTurnOpen = false;
    const outbox = this.#outbox;
    this.#outbox = [];
    const { atOnce, mayWait } = this.engine.takeChanged();
    this.made.presence.lamps.callsChanged([...atOnce, ...mayWait]);
    for (const { callId } of atOnce) {
      const known = this.#logged.get(callId);
      if (known !== undefined) known.written.isResting = false;
    }
    for (const call of [...atOnce, ...mayWait]) {
      if (isAtRest(call)) wakeCall(call);
      const stored = JSON.stringify(call);
      assert.deepEqual(JSON.parse(stored), call, 'the state of a call is plain data');
      const left = this.#log(call);
      this.#turns += 1;
      if (call.phase === 'ended') this.ended.push(call);
      // Not with each turn: an adopted state is new through and through, and a value changed in place would show in no difference.
      else if (this.#turns % 3 === 0) this.engine.adopt(isQuiet(call) ? left : (JSON.parse(stored) as CallState));
      else if (this.#turns % 3 === 1) this.rest(call);
    }
    this.engine.takeChanged();
    for (const { sessionId, command } of outbox) this.link.send(sessionId, command);
  }

  /** As telephony.ts has it do, long before it is quiet. */
  rest(call: CallState): void {
    const known = this.#logged.get(call.callId);
    if (known === undefined || !restCall(call, ({ legId }) => this.made.edge.rest(legId))) return;
    restRows(known.written);
  }

  /** What the append log holds, the first state and the changes since, is the state as far as another process needs it. */
  #log(call: CallState): CallState {
    const known = this.#logged.get(call.callId) ?? { written: new LoggedRows(), read: [] };
    this.#logged.set(call.callId, known);
    const record = takeCall(known.written, call, (leg) => this.made.edge.snapshot(leg.legId));
    assert.ok(applyRecord(known.read, JSON.parse(JSON.stringify(record)) as unknown[]));
    const left = readCall(call.callId, JSON.parse(JSON.stringify(known.read)) as unknown[][]);
    assert.ok(left !== undefined);
    assert.deepEqual(asLeft(left.call), asLeft(call), 'what the records lead to');
    return left.call;
  }

  #setRingTimer(callId: CallId, afterMs: number | null): void {
    const { clock } = this.made;
    clock.disarm(this.#ringTimers.get(callId) ?? 0);
    this.#ringTimers.delete(callId);
    if (afterMs === null) return;
    const onTimer = () => {
      this.#ringTimers.delete(callId);
      this.turn((engine) => engine.ringTimeOver(callId));
    };
    this.#ringTimers.set(callId, clock.arm(afterMs, { onTimer }, 0));
  }

  // ---- for tests ---------------------------------------------------------------------------------------------------------------

  get phones(): readonly Phone[] {
    return [this.ada, ...this.devices, ...this.guests, ...(this.carol === null ? [] : [this.carol])];
  }

  /** The one call there is. */
  get call(): CallState {
    const [call] = this.engine.calls();
    return call ?? assert.fail('there is no call');
  }

  /** A phone with the password of a user, which has not registered. */
  guest(at: number, user: 'one' | 'two' | 'modern'): Phone {
    const { username, password } = this.made[user];
    const phone = new Phone(this.made.network, `192.0.2.${at}`, username, password ?? '');
    this.guests.push(phone);
    return phone;
  }

  advance(ms = 100): void {
    this.made.clock.advance(ms);
  }

  /** Ada calls 101, Bob rings and answers. */
  up(): this {
    this.ada.call('101');
    this.advance();
    this.bob.accept();
    this.advance();
    assert.deepEqual([this.ada.session?.phase, this.bob.session?.phase], ['confirmed', 'confirmed']);
    for (const one of this.phones) one.take();
    return this;
  }

  /** The phone's voice and ear in one of its lines, at the port it named, towards the port it was told. */
  talk(one: Phone, payloadType: 0 | 8 = 0, line = 0): VirtualTalker {
    const { clock } = this.made;
    const says = { kind: 'tone', hz: 440 + this.#talkers.length * 440, levelDbm0: -10 } as const;
    const talker = new VirtualTalker({
      clock,
      address: one.address,
      port: one.port + 2 * line,
      ssrc: one.port + 2 * line,
      says,
      payloadType,
    });
    this.#talkers.push(talker);
    const sdp = one.heard.findLast((heard) => heard.sdp !== null)?.sdp;
    talker.talkTo(this.media, edgeAddress, sdp?.media[line]?.port ?? assert.fail());
    return talker;
  }

  /** Media commands since the last time, in short. */
  takeCommands(): string[] {
    return this.commands.splice(0).map((command) => command.verb);
  }

  /** What each phone has agreed on is what our leg has agreed on with it: the same descriptions on both sides. */
  assertAgreed(): void {
    assert.equal(this.call.phase, 'up');
    for (const leg of this.call.legs) {
      if (leg.phase !== 'up') continue;
      const sipCallId = this.made.edge.referrals.sipCallIdOf(leg.legId);
      const one = this.phones.find(({ session }) => session?.callId === sipCallId) ?? assert.fail(leg.legId);
      const { agreed } = one;
      const { local, remote } = leg.media;
      assert.ok(agreed && local && remote, one.address);
      assert.equal(formatContent(agreed.ours), formatContent(remote), `what ${one.address} says`);
      assert.equal(formatContent(agreed.theirs), formatContent(local), `what ${one.address} was told`);
    }
  }

  /** Nothing is left of any call: every request answered, one cause each, no leg, session, transaction, media session or timer. */
  assertOver(calls = 1): EndCause[] {
    this.advance(80_000);
    const { edge, layer, clock } = this.made;
    const ladder = () => this.made.network.trace.ladder();
    assert.deepEqual([this.engine.size, edge.legCount, edge.agent.sessionCount], [0, 0, 0], ladder());
    assert.deepEqual([layer.counts.client, layer.counts.server], [0, 0], 'transactions of the edge');
    assert.equal(this.media.engine.sessionCount, 0, 'media sessions');
    for (const one of this.phones)
      assert.deepEqual([one.agent.sessionCount, one.layer.counts.client], [0, 0], `${one.address}\n${ladder()}`);
    assert.deepEqual(unanswered(this.made), [], ladder());
    assertOrigins(this.made);
    assert.ok(clock.armedCount <= this.timersAtRest, `${clock.armedCount} timers, ${this.timersAtRest} at rest`);
    assert.equal(this.ended.length, calls, 'calls stored as ended');
    assert.equal(this.told.filter((type) => type === 'call.ended').length, calls);
    return this.ended.map((call) => {
      for (const leg of call.legs) assert.ok(leg.cause && leg.endedUtcMs !== null && leg.phase === 'ended');
      return call.cause ?? assert.fail('a call without a cause');
    });
  }
}

/**
 * RFC 8866 §5.2, RFC 3264 §8: all that the edge ever sent in one dialog has one session id, and a version that is one more exactly when the content is another; the
 * same message sent again says the same.
 */
function assertOrigins({ network }: Scene): void {
  const legs = new Map<string, { readonly id: string; readonly contents: string[] }>();
  for (const entry of network.trace.sent('edge')) {
    const text = textOf(entry);
    const parsed = parseSdp(text.slice(text.indexOf('\r\n\r\n') + 4));
    const callId = /^Call-ID:\s*(\S+)/im.exec(text)?.[1];
    if (!parsed.ok || callId === undefined) continue;
    const { origin } = parsed.sdp;
    const content = formatContent(parsed.sdp);
    const leg = legs.get(callId) ?? { id: origin.sessionId, contents: [] };
    legs.set(callId, leg);
    assert.equal(origin.sessionId, leg.id, 'the session id of a leg never changes');
    const at = Number(origin.sessionVersion) - 1;
    if (at < leg.contents.length) assert.equal(leg.contents[at], content, `version ${at + 1} said before`);
    else {
      assert.equal(at, leg.contents.length, 'one more than the version before');
      assert.notEqual(leg.contents.at(-1), content, 'another version of the same content');
      leg.contents.push(content);
    }
  }
}

/** Requests that arrived and were never answered with a final response. */
function unanswered({ network }: Scene): string[] {
  const asked = new Map<string, string>();
  for (const entry of network.trace.entries) {
    const text = textOf(entry);
    const branch = /^Via:[^\r]*?branch=([^;\s,]+)/im.exec(text)?.[1] ?? '';
    const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(text)?.[1] ?? '';
    const label = labelOf(entry);
    if (method === '' || label === 'ACK') continue;
    const key = `${branch} ${method}`;
    if (!/^\d/.test(label)) {
      if (entry.outcome === 'delivered' && !asked.has(key)) asked.set(key, `${entry.from}>${entry.to} ${label}`);
    } else if (label >= '200') asked.set(key, '');
  }
  return [...asked.values()].filter((text) => text !== '');
}

test('a call goes through: rings, is answered, talks, is hung up, and nothing is left of it', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101');
  calls.advance();
  assert.deepEqual([ada.take(), bob.heard.map(({ by }) => by)], [['180'], ['INVITE']]);
  bob.accept();
  calls.advance();
  assert.deepEqual([ada.take(), bob.take()], [['accepted'], ['acknowledged']]);
  assert.deepEqual(ada.shown, [1, 'audio 0 101 sendrecv']);
  assert.deepEqual(bob.shown, [1, 'audio 0 8 101 sendrecv']);
  calls.assertAgreed();
  assert.deepEqual(calls.takeCommands(), ['openSession', 'updateStream', 'updateStream', 'join']);
  ada.session?.end();
  calls.advance();
  assert.deepEqual([ada.take(), bob.take()], [['over hung-up'], ['over hung-up']]);
  assert.deepEqual(calls.takeCommands(), ['closeSession']);
  const [cause] = calls.assertOver();
  assert.deepEqual([cause?.code, cause?.by], ['normal-clearing', 'peer']);
});
