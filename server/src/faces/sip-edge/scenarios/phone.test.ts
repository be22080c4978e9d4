/** A phone of the scenarios: says what it offers and answers, keeps every description that it was shown, and checks them as it goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerFaults,
  formatContent,
  formatSdp,
  localDescription,
  mediaDirection,
  mirrorDirection,
  offerFaults,
  parseSdp,
  readCodecs,
  type SessionDescription,
} from '@ringdown/sdp';
import type { InviteOptions, Session, SessionBody, SessionEnd, SipRequest, SipResponse } from '@ringdown/sip';
import { bodyOf, Peer, scene, textOf } from '../edge-scene.test.ts';

/** One description that a phone was shown, or its absence. */
export interface Heard {
  /** INVITE, ACK, UPDATE, or a status. */
  readonly by: string;
  readonly tag: string;
  readonly sdp: SessionDescription | null;
}

export interface Agreed {
  readonly ours: SessionDescription;
  readonly theirs: SessionDescription;
}

export class Phone extends Peer {
  readonly heard: Heard[] = [];
  /** Finals to changes that this phone asked for. */
  readonly outcomes: number[] = [];
  agreed: Agreed | null = null;
  /** Codec names that it speaks, and whether it has a camera. */
  codecs: readonly string[] = ['PCMU', 'PCMA'];
  hasVideo = false;
  /** It breaks the rules, so the count of m-lines that it is shown follows its own. */
  isLiar = false;
  port = 4000;
  /** What rang it last, reliably or not. */
  fork = '';
  /** What it says of itself: sendonly puts the other on hold. */
  direction = 'sendrecv';
  /** It calls itself by an address that only its own network knows. */
  isHidden = false;
  /** What it makes of an offer; the m= and a= lines. */
  makeAnswer: (offer: SessionDescription) => readonly string[] | null = (offer) => this.fairAnswer(offer);
  /** What it does with a change that the other side wants. */
  onChange: (session: Session, request: SipRequest) => void = (session) => this.acceptChange(session);
  #said: SessionDescription | null = null;
  /** Its offer in a request of its own that has no answer yet, and in a 2xx of its own that waits for its ACK. */
  #offered: SessionDescription | null = null;
  #lent: SessionDescription | null = null;
  #shown: SessionDescription | null = null;

  get address(): string {
    return this.host.name;
  }

  // ---- what it says ------------------------------------------------------------------------------------------------------------

  offerLines(): string[] {
    const video = this.hasVideo ? [`m=video ${this.port + 2} RTP/AVP 96`, 'a=rtpmap:96 H264/90000'] : [];
    return [`m=audio ${this.port} RTP/AVP 0 8 101`, 'a=rtpmap:101 telephone-event/8000', this.#stated(), ...video];
  }

  #stated(): string {
    return `a=${this.direction}`;
  }

  /** With the phone's own origin: one id, a version that grows with the content. */
  say(lines: readonly string[]): SessionBody {
    const place = this.isHidden ? '10.0.0.20' : this.address;
    const head = ['v=0', `o=phone 17 1 IN IP4 ${this.address}`, 's=-', `c=IN IP4 ${place}`, 't=0 0'];
    const parsed = parseSdp(`${[...head, ...lines].join('\r\n')}\r\n`);
    assert.ok(parsed.ok, lines.join('|'));
    this.#said = localDescription(this.#said, parsed.sdp);
    return bodyOf(formatSdp(this.#said));
  }

  offer(lines: readonly string[] = this.offerLines()): SessionBody {
    const body = this.say(lines);
    this.#offered = this.#said;
    return body;
  }

  fairAnswer(offer: SessionDescription): string[] {
    return offer.media.flatMap((line, at) => {
      const known = readCodecs(line);
      const voice = known.find(({ name }) => this.codecs.includes(name));
      const keys = known.find(({ name }) => name === 'TELEPHONE-EVENT');
      const isTaken = line.kind === 'audio' ? voice !== undefined : line.kind === 'video' && this.hasVideo;
      if (line.port === 0 || !isTaken) return [`m=${line.kind} 0 ${line.protocol} ${line.formats.join(' ')}`];
      const named = line.kind === 'audio' ? [voice, keys].filter((codec) => codec !== undefined) : known;
      const formats = named.map(({ payloadType }) => payloadType).join(' ');
      const maps = named.map((codec) => `a=rtpmap:${codec.payloadType} ${codec.name}/${codec.clockRate}`);
      return [`m=${line.kind} ${this.port + 2 * at} RTP/AVP ${formats}`, ...maps, `a=${this.#answerTo(offer, at)}`];
    });
  }

  #answerTo(offer: SessionDescription, at: number): string {
    const asked = mirrorDirection(mediaDirection(offer, offer.media[at] ?? assert.fail()));
    if (asked === 'sendrecv' || this.direction === 'inactive') return this.direction;
    return this.direction === 'sendrecv' || this.direction === asked ? asked : 'inactive';
  }

  /** From now on. */
  hide(): void {
    this.isHidden = true;
  }

  // ---- what it does ------------------------------------------------------------------------------------------------------------

  override call(user: string, more: Partial<InviteOptions> = {}): Session {
    this.heard.length = 0;
    this.#offered = null;
    return super.call(user, { ...more, body: more.body === undefined ? this.offer() : more.body });
  }

  ring(status = 180, withSound = false): void {
    // What went reliably before stands, and is not said again.
    const body = withSound && this.session?.localBody == null ? this.#answer() : null;
    this.session?.progress(status, body === null ? {} : { body });
  }

  accept(): void {
    // What went reliably before stands, and is not said again.
    const body = this.session?.localBody ?? this.#answer() ?? bodyOf('', 'text/plain');
    this.session?.accept(body);
  }

  change(lines: readonly string[] | null = this.offerLines()): void {
    assert.ok(this.tryChange('INVITE', lines), `${this.address} is not free to change`);
  }

  /** RFC 3311; null: without a body. */
  update(lines: readonly string[] | null = this.offerLines()): void {
    assert.ok(this.tryChange('UPDATE', lines), `${this.address} is not free to change`);
  }

  /** False, and nothing said, where its session is not free to. */
  tryChange(method: 'INVITE' | 'UPDATE', lines: readonly string[] | null): boolean {
    const [said, offered] = [this.#said, this.#offered];
    const body = lines === null ? null : this.offer(lines);
    const { session } = this;
    const isSent = method === 'INVITE' ? session?.reinvite(body) : session?.update(body, [], this.fork);
    if (isSent === true) {
      if (lines === null && method === 'INVITE') this.#offered = null;
      return true;
    }
    this.#said = said;
    this.#offered = offered;
    return false;
  }

  acceptChange(session: Session): void {
    const body = this.#answer();
    if (body !== null) session.acceptReoffer(body);
  }

  /** The answer to what was shown last, or an offer where nothing was. */
  #answer(): SessionBody | null {
    const shown = this.#shown;
    if (shown === null) {
      const body = this.say(this.offerLines());
      this.#lent = this.#said;
      return body;
    }
    const lines = this.makeAnswer(shown);
    if (lines === null) return null;
    const body = this.say(lines);
    this.#agree(shown);
    return body;
  }

  #agree(theirs: SessionDescription, ours = this.#said): void {
    if (ours !== null) this.agreed = { ours, theirs };
  }

  /** RFC 3264 §6: the edge's answer to an offer of this phone has no fault, whatever was offered. */
  #answeredBy(answer: SessionDescription, offer: SessionDescription): void {
    assert.deepEqual(answerFaults(offer, answer), [], `${this.address}: the answer to its offer`);
    this.#agree(answer, offer);
  }

  // ---- what it is told ---------------------------------------------------------------------------------------------------------

  /** RFC 3264 §8 and RFC 8866 §5.2, as one who is shown a part of what was sent can see them; all of it is looked at by CallScene.assertOver. */
  #hear(by: string, message: SipRequest | SipResponse): SessionDescription | null {
    const tag = ('status' in message ? message.to : message.from).tag ?? '';
    if (message.bodySizeBytes === 0) {
      this.heard.push({ by, tag, sdp: null });
      return null;
    }
    const parsed = parseSdp(textOf(message));
    assert.ok(parsed.ok);
    const { sdp } = parsed;
    const before = this.heard.findLast((one) => one.sdp !== null)?.sdp;
    if (before !== undefined && before !== null) {
      assert.equal(sdp.origin.sessionId, before.origin.sessionId, `${this.address}: the session id changed`);
      const versions = [before, sdp].map(({ origin }) => BigInt(origin.sessionVersion));
      const [old = 0n, now = 0n] = versions;
      assert.ok(now >= old, `${this.address}: an older version in ${by}`);
      if (now === old) assert.equal(formatContent(sdp), formatContent(before), `${this.address}: content of ${by}`);
      assert.ok(this.isLiar || sdp.media.length >= before.media.length, `${this.address}: fewer m-lines in ${by}`);
      const remapped = offerFaults(before, sdp).filter(({ code }) => code === 'remapped-format');
      assert.deepEqual(remapped, [], `${this.address}: payload types in ${by}`);
    }
    this.heard.push({ by, tag, sdp });
    return sdp;
  }

  override onInvited(request: SipRequest): void {
    this.heard.length = 0;
    this.#shown = this.#hear('INVITE', request);
  }

  override onProvisional(session: Session, response: SipResponse, fork: string, isOffer: boolean): void {
    super.onProvisional(session, response, fork, isOffer);
    this.fork = fork;
    const sdp = this.#hear(String(response.status), response);
    if (isOffer) {
      this.#shown = sdp;
      session.prack(fork, this.#answer());
    } else if (sdp !== null && this.#offered !== null && response.hasToken('Require', '100rel')) {
      this.#agree(sdp, this.#offered);
      this.#offered = null;
    }
  }

  override onPracked(_session: Session, prack: SipRequest): void {
    if (prack.bodySizeBytes === 0) return;
    const sdp = this.#hear('PRACK', prack);
    if (sdp !== null && this.#lent !== null) this.#agree(sdp, this.#lent);
    this.#lent = null;
  }

  override onAccepted(session: Session, response: SipResponse): void {
    this.seen.push('accepted');
    this.last = response;
    const sdp = this.#hear('200', response);
    // All was said reliably before: what is still open is the offer of an UPDATE.
    if (sdp === null && this.agreed !== null) session.ack(null);
    else this.#answered(session, sdp);
  }

  #answered(session: Session, sdp: SessionDescription | null): void {
    if (this.#offered !== null) {
      if (sdp !== null) this.#answeredBy(sdp, this.#offered);
      this.#offered = null;
      if (session.phase === 'accepted') session.ack(null);
      return;
    }
    this.#shown = sdp;
    session.ack(sdp === null ? null : this.#answer());
  }

  override onAcknowledged(_session: Session, ack: SipRequest): void {
    this.seen.push('acknowledged');
    const sdp = this.#hear('ACK', ack);
    if (sdp !== null && this.#lent !== null) this.#answeredBy(sdp, this.#lent);
    this.#lent = null;
  }

  override onReoffer(session: Session, request: SipRequest): void {
    this.seen.push(`reoffer ${request.method}`);
    this.invited = request;
    this.#shown = this.#hear(request.method, request);
    this.onChange(session, request);
  }

  override onReofferCancelled(): void {
    this.seen.push('reoffer-cancelled');
    this.#lent = null;
    this.#shown = null;
  }

  override onReofferAcknowledged(session: Session, ack: SipRequest): void {
    this.onAcknowledged(session, ack);
  }

  override onReofferAccepted(session: Session, response: SipResponse): void {
    this.seen.push('reanswered');
    this.outcomes.push(response.status);
    const sdp = this.#hear('200', response);
    if (response.cseq.method === 'INVITE' || sdp !== null) this.#answered(session, sdp);
  }

  override onReofferRefused(_session: Session, status: number): void {
    this.seen.push(`refused ${status}`);
    this.outcomes.push(status);
    this.#offered = null;
  }

  override onEnded(session: Session, end: SessionEnd): void {
    super.onEnded(session, end);
    this.seen.push(`over ${end.why}${end.status === undefined ? '' : ` ${end.status}`}`);
  }

  // ---- for asserts -------------------------------------------------------------------------------------------------------------

  /** The last description it was shown, in short: version, and each line as kind, formats and direction ("off" where its port is 0). */
  get shown(): readonly [version: number, ...lines: string[]] {
    const sdp = this.heard.findLast((one) => one.sdp !== null)?.sdp ?? assert.fail(`${this.address} was shown nothing`);
    return [Number(sdp.origin.sessionVersion), ...inShort(sdp)];
  }

  /** Takes note of what was seen since the last time. */
  take(): string[] {
    return this.seen.splice(0);
  }
}

export function inShort(sdp: SessionDescription): string[] {
  return sdp.media.map((line) => {
    if (line.port === 0) return `${line.kind} off`;
    return `${line.kind} ${line.formats.join(' ')} ${mediaDirection(sdp, line)}`;
  });
}

test('a phone of the scenarios keeps its own origin as RFC 3264 §8 wants it', async () => {
  const { network } = await scene();
  const phone = new Phone(network, '192.0.2.77', '177', '');
  const versionOf = (body: SessionBody) => {
    const parsed = parseSdp(body.bytes);
    return parsed.ok ? parsed.sdp.origin.sessionVersion : '';
  };
  const versions = [phone.offer(), phone.offer()].map(versionOf);
  phone.direction = 'sendonly';
  assert.deepEqual([...versions, versionOf(phone.offer())], ['1', '1', '2']);
});
