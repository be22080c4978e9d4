/**
 * What people do all day, for the soak: phones of real users that call each other with sound, hang up and call again, and others that
 * register and leave. Each line of the RTP generator is one call at a time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { encodeText, parseSdp } from '@ringdown/sdp';
import { createPhone, type NodePhone } from '@ringdown/sip/node';
import type { User } from '../interop/server-under-test.ts';
import type { RtpLoad } from './rtp-load.ts';

export interface SoakCounts {
  calls: number;
  failedCalls: number;
  registrations: number;
  failedRegistrations: number;
  packetsSent: number;
  packetsLost: number;
  /** Calls that lost a packet. */
  callsWithLoss: number;
  /** The first few, in words. */
  readonly faults: string[];
}

export interface SoakPhonesOptions {
  readonly server: string;
  /** An even number: the first half calls the second. */
  readonly talkers: readonly User[];
  readonly registrants: readonly User[];
  readonly load: RtpLoad;
  /** A call lasts between these. */
  readonly shortestSec: number;
  readonly longestSec: number;
  readonly registrationsPerSec: number;
}

/** What is sent before the far side has the answer's ACK is not counted. */
const settleMs = 1_000;
const faultsKept = 20;

interface Callee {
  readonly user: User;
  /** Which line's sound the next call to come is to have. */
  nextLine: number;
  /** One call is set up after the other. */
  busy: Promise<unknown>;
}

export class SoakPhones {
  readonly counts: SoakCounts = {
    calls: 0,
    failedCalls: 0,
    registrations: 0,
    failedRegistrations: 0,
    packetsSent: 0,
    packetsLost: 0,
    callsWithLoss: 0,
    faults: [],
  };
  readonly #options: SoakPhonesOptions;
  readonly #callers: NodePhone[] = [];
  readonly #callees: Callee[] = [];
  readonly #phones: NodePhone[] = [];
  readonly #portOfLine = new Map<number, number>();
  readonly #work: Promise<void>[] = [];
  #ending = false;

  private constructor(options: SoakPhonesOptions) {
    this.#options = options;
  }

  static async start(options: SoakPhonesOptions): Promise<SoakPhones> {
    const soak = new SoakPhones(options);
    const half = options.talkers.length / 2;
    for (const user of options.talkers.slice(0, half)) soak.#callers.push(await soak.#phoneOf(user));
    for (const user of options.talkers.slice(half)) await soak.#openCallee(user);
    for (const line of options.load.phones.keys()) soak.#work.push(soak.#keepCalling(line));
    soak.#work.push(soak.#keepRegistering());
    return soak;
  }

  /** Ends every call, and resolves when all is over. */
  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#work);
    await Promise.all(this.#phones.map((phone) => phone.close()));
  }

  async #phoneOf(user: User, onCall?: Parameters<typeof createPhone>[0]['onCall']): Promise<NodePhone> {
    const { username, password, domain } = user;
    const phone = await createPhone({ server: this.#options.server, username, password, domain, onCall });
    this.#phones.push(phone);
    await phone.register();
    return phone;
  }

  async #openCallee(user: User): Promise<void> {
    const callee: Callee = { user, nextLine: 0, busy: Promise.resolve() };
    await this.#phoneOf(user, (call) => {
      const port = this.#options.load.phones[callee.nextLine]?.b ?? 0;
      this.#portOfLine.set(callee.nextLine, portIn(call.remoteBody?.bytes));
      call.answer(descriptionOf(port)).catch((error: unknown) => this.#fault(`answering: ${error}`));
    });
    this.#callees.push(callee);
  }

  async #keepCalling(line: number): Promise<void> {
    // Not all in the same second.
    await pause((line % 100) * 100);
    while (!this.#ending) {
      try {
        await this.#callOnce(line);
      } catch (error) {
        this.counts.failedCalls += 1;
        this.#fault(`line ${line}: ${error}`);
        await pause(1_000);
      }
    }
  }

  async #callOnce(line: number): Promise<void> {
    const { load, shortestSec, longestSec } = this.#options;
    const caller = this.#callers[line % this.#callers.length] as NodePhone;
    const callee = this.#callees[(line * 7) % this.#callees.length] as Callee;
    const setUp = callee.busy.then(() => {
      callee.nextLine = line;
      return caller.call(callee.user.extension, { body: descriptionOf(load.phones[line]?.a ?? 0) });
    });
    callee.busy = setUp.catch(() => undefined);
    const call = await setUp;
    this.counts.calls += 1;
    load.talk(line, { forA: portIn(call.remoteBody?.bytes), forB: this.#portOfLine.get(line) ?? 0 }, settleMs);
    let over = false;
    void call.ended.then(() => {
      over = true;
    });
    const untilMs = performance.now() + 1000 * (shortestSec + Math.random() * (longestSec - shortestSec));
    while (performance.now() < untilMs && !this.#ending && !over) await pause(500);
    const { sent, received } = await load.hush(line);
    this.counts.packetsSent += sent;
    this.counts.packetsLost += sent - received;
    if (sent !== received) {
      this.counts.callsWithLoss += 1;
      this.#fault(`line ${line}: ${sent - received} of ${sent} packets lost`);
    }
    if (over) throw new TypeError('the call ended by itself');
    await call.hangUp();
  }

  async #keepRegistering(): Promise<void> {
    const { registrants, registrationsPerSec } = this.#options;
    const phones: NodePhone[] = [];
    for (const user of registrants) phones.push(await this.#phoneOf(user));
    for (let turn = 0; !this.#ending; turn += 1) {
      const phone = phones[turn % phones.length] as NodePhone;
      try {
        await (Math.floor(turn / phones.length) % 2 === 0 ? phone.unregister() : phone.register());
        this.counts.registrations += 1;
      } catch (error) {
        this.counts.failedRegistrations += 1;
        this.#fault(`registration: ${error}`);
      }
      await pause(1000 / registrationsPerSec);
    }
  }

  #fault(text: string): void {
    if (this.counts.faults.length < faultsKept) this.counts.faults.push(`${new Date().toISOString()} ${text}`);
  }
}

function descriptionOf(port: number): { type: string; bytes: Uint8Array } {
  const lines = [
    ...['v=0', `o=- ${port} 1 IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', ''],
  ];
  return { type: 'application/sdp', bytes: encodeText(lines.join('\r\n')) };
}

function portIn(bytes: Uint8Array | undefined): number {
  const parsed = bytes === undefined ? undefined : parseSdp(bytes);
  return parsed?.ok === true ? (parsed.sdp.media[0]?.port ?? 0) : 0;
}
