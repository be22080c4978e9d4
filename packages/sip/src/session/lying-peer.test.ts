/**
 * A peer that says anything at any time, many seeds: requests in and out of order, responses of any status, tag and body to whatever is open, and a user
 * that uses any verb at any time. Nothing throws, a call ends once, nothing remains.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, type ServerTransaction, type Session } from '@ringdown/sip';
import { type FarScene, phoneAndFar, SeededRandom, textBody, udpTarget } from '@ringdown/testkit';
import { type DialogState, dialogOfCallee, dialogOfCaller, inDialogRequest } from '../dialog/dialog.ts';

const methods = ['INVITE', 'UPDATE', 'INFO', 'OPTIONS', 'ACK', 'PRACK', 'NOTIFY', 'CANCEL', 'BYE'];
const statuses = [100, 180, 183, 199, 200, 200, 202, 302, 401, 407, 408, 422, 481, 486, 488, 491, 500, 503, 603, 699];
const rows: readonly (readonly [string, string])[] = [
  ['Contact', '<sip:far@192.0.2.9>'],
  ['Contact', '<sip:elsewhere.invalid>'],
  ['Session-Expires', '91;refresher=uac'],
  ['Session-Expires', '1;refresher=uas'],
  ['Session-Expires', '4294967295'],
  ['Session-Expires', 'soon'],
  ['Min-SE', '100'],
  ['Min-SE', '99999'],
  ['Retry-After', '1'],
  ['Retry-After', '100000'],
  ['Supported', 'timer'],
  ['Require', 'timer'],
  ['Require', '100rel'],
  ['Allow', 'UPDATE'],
  ['Allow', 'INVITE'],
  ['Record-Route', '<sip:192.0.2.9;lr>'],
  ['Record-Route', '<sip:192.0.2.9>'],
  ['WWW-Authenticate', 'Digest realm="x", nonce="y"'],
  ['Expires', '1'],
];

/** Everything that this peer and this user do comes from the seed. */
class Liar {
  readonly #scene: FarScene;
  readonly #random: SeededRandom;
  readonly #open: ServerTransaction[] = [];
  #dialog: DialogState | null = null;
  #spoke: Session | null = null;

  constructor(scene: FarScene, seed: number) {
    this.#scene = scene;
    this.#random = new SeededRandom(seed);
    scene.far.answer = (transaction) => void this.#open.push(transaction);
    scene.far.answerCancel = () => {};
  }

  begin(): void {
    const { a, far, clock } = this.#scene;
    if (this.#chance(2)) {
      const body = this.#chance(2) ? textBody('offer') : null;
      const authenticate = () => (this.#chance(2) ? ([['Authorization', 'Digest x=y']] as const) : undefined);
      a.call(far.address, {
        body,
        sessionExpiresSec: this.#chance(2) ? 120 : 0,
        authenticate,
        alternatives: [udpTarget('192.0.2.9')],
      });
      clock.advance(20);
      const invite = this.#open[0];
      if (invite !== undefined) this.#dialog = dialogOfCallee(invite.request, 'tag1');
    } else {
      a.onCall = () => {};
      const record = far.send(
        far.compose('INVITE', 'a', [['Contact', '<sip:far@192.0.2.9>'], ...this.#rows()]),
        a.target,
      );
      clock.advance(20);
      a.session?.progress(180);
      clock.advance(20);
      const response = record.responses.at(-1);
      if (response !== undefined) this.#dialog = dialogOfCaller(response, 'sip:a@192.0.2.1') ?? null;
    }
    this.#spoke = a.session;
  }

  step(): void {
    const { clock } = this.#scene;
    const kind = this.#random.integer(8);
    if (kind < 3) this.#ask();
    else if (kind < 6) this.#reply();
    else this.#use(this.#scene.a.session);
    clock.advance(this.#chance(6) ? this.#random.integer(40_000) : this.#random.integer(50));
  }

  #ask(): void {
    if (this.#dialog === null) return;
    const { far, a } = this.#scene;
    const method = this.#pick(methods);
    if (this.#chance(8)) this.#dialog.localSeq = this.#random.integer(50);
    const seq = this.#chance(4) ? { seq: this.#random.integer(20) } : {};
    const request = inDialogRequest(this.#dialog, { method, headers: this.#rows(), ...seq, ...this.#body() });
    if (method === 'ACK') far.layer.sendDirect(request, a.target);
    else far.send(request, a.target);
  }

  #reply(): void {
    const transaction = this.#open[this.#random.integer(this.#open.length)];
    if (transaction === undefined) return;
    const headers = this.#rows();
    const tag = this.#chance(8) ? undefined : `tag${1 + this.#random.integer(3)}`;
    transaction.respond(
      buildResponse(transaction.request, this.#pick(statuses), { toTag: tag, headers, ...this.#body() }),
    );
  }

  #use(session: Session | null): void {
    if (session === null) return;
    const body = textBody('mine');
    const verbs: readonly (() => unknown)[] = [
      () => session.accept(body),
      () => session.progress(183, { body }),
      () => session.ack(this.#chance(2) ? body : null),
      () => session.reinvite(this.#chance(2) ? body : null),
      () => session.update(this.#chance(2) ? body : null),
      () => session.acceptReoffer(body),
      () => session.refuseReoffer(488),
      () => session.request('INFO', {}),
      () => JSON.stringify(session.snapshot()),
      () => this.#chance(5) && session.end(),
      () => this.#chance(5) && session.reject(486),
    ];
    this.#pick(verbs)();
  }

  #rows(): (readonly [string, string])[] {
    return Array.from({ length: this.#random.integer(4) }, () => this.#pick(rows));
  }

  #body(): { readonly body?: Uint8Array } {
    return this.#chance(2) ? { body: new Uint8Array([120, this.#random.integer(3)]) } : {};
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)] as T;
  }

  #chance(oneIn: number): boolean {
    return this.#random.integer(oneIn) === 0;
  }

  /** The user gives up; whatever is under way runs out. */
  finish(): void {
    this.#spoke?.end();
    this.#scene.a.session?.end();
    this.#scene.clock.advance(3 * 86_400_000);
  }
}

test('whatever a peer says and whenever: nothing throws, a call ends once, nothing remains', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const scene = phoneAndFar();
    scene.a.onChange = () => {};
    scene.a.onAnswer = () => {};
    scene.a.onOther = (transaction) => transaction.respond(buildResponse(transaction.request, 200));
    const liar = new Liar(scene, seed);
    liar.begin();
    for (let at = 0; at < 30; at++) liar.step();
    liar.finish();
    const { a } = scene;
    const where = `seed ${seed}\n${scene.network.trace.ladder()}`;
    assert.equal(a.ends, a.session === null ? 0 : 1 + Math.max(0, a.invites.length - 1), where);
    assert.equal(a.agent.sessionCount, 0, where);
    assert.equal(a.layer.counts.client, 0, where);
  }
});
