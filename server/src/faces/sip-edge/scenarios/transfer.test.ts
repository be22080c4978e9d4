/** Blind transfer (REFER, RFC 3515) by a party of a call, as the phones see it: the server keeps it to itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventAgent, type ReferOptions, type Session, sendRefer } from '@ringdown/sip';
import { textOf } from '@ringdown/testkit';
import { type CallScene, type CallSceneOptions, callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

/** A phone that transfers, and what it hears of that. */
export class Asker {
  readonly phone: Phone;
  readonly heard: string[] = [];
  readonly #events: EventAgent;

  constructor(phone: Phone) {
    this.phone = phone;
    this.#events = new EventAgent({ ...phone.agent.options, packages: ['refer'] });
    phone.onRequest = (session, transaction) => {
      assert.ok(this.#events.receiveIn(session, transaction), `${transaction.method} for nobody`);
    };
  }

  refer(to: string, more: Partial<ReferOptions> = {}, session: Session | null = this.phone.session): void {
    const user = {
      onProgress: ({ status }: { status: number }) => void this.heard.push(String(status)),
      onOutcome: ({ why, status }: { why: string; status?: number }) =>
        void this.heard.push(`${why}${status === undefined ? '' : ` ${status}`}`),
    };
    assert.ok(session !== null && sendRefer(this.#events, session, { options: { to, ...more }, user }));
  }
}

export type Three = CallScene & { readonly carol: Phone };

/** Ada (100) talks to Bob (101); Carol (102) is registered, and rings when she is called. */
export async function three(options: CallSceneOptions = {}): Promise<Three> {
  const calls = (await callScene({ third: true, ...options })).up();
  assert.ok(calls.carol !== null);
  return calls as Three;
}

const carol = 'sip:102@a.test';

for (const who of ['callee', 'caller'] as const)
  test(`RFC 3515 §2.4: the ${who} transfers: the other party talks to the target, the asker is told and out`, async () => {
    const calls = await three();
    const [asker, other] = who === 'callee' ? [calls.bob, calls.ada] : [calls.ada, calls.bob];
    const by = new Asker(asker);
    by.refer(carol);
    calls.advance();
    assert.deepEqual(by.heard, ['100', '180']);
    calls.carol.accept();
    calls.advance();
    assert.deepEqual(by.heard, ['100', '180', 'done 200']);
    assert.deepEqual([asker.take(), other.take()], [['over hung-up'], ['reoffer INVITE']]);
    assert.deepEqual(calls.carol.take(), ['acknowledged']);
    assert.match(other.shown[1] ?? '', /^audio 0 101 sendrecv$/);
    calls.assertAgreed();
    calls.carol.session?.end();
    calls.advance();
    assert.deepEqual(other.take(), ['over hung-up']);
    const causes = calls.assertOver(2).map(({ code }) => code);
    assert.deepEqual(causes, ['transferred', 'normal-clearing']);
  });

test('the asker hangs up at once after the 202, as most phones do: the other party waits, and talks to the target when that answers', async () => {
  const calls = await three();
  const by = new Asker(calls.bob);
  by.refer(carol);
  calls.advance(30);
  calls.bob.session?.end();
  calls.advance();
  assert.deepEqual([by.phone.take(), calls.ada.take()], [['over hung-up'], []]);
  assert.ok(calls.takeCommands().includes('play'), 'it hears that it rings');
  calls.carol.accept();
  calls.advance();
  // RFC 5057 §4: the subscription goes on in the dialog that the call has left.
  assert.deepEqual(by.heard, ['100', '180', 'done 200']);
  calls.assertAgreed();
  calls.ada.session?.end();
  calls.advance();
  assert.deepEqual(calls.carol.take(), ['acknowledged', 'over hung-up']);
  calls.assertOver(2);
});

for (const [what, refuse, heard, code] of [
  ['is busy', (calls: Three) => void calls.carol.session?.reject(486), 'done 486', 'busy'],
  ['declines', (calls: Three) => void calls.carol.session?.reject(603), 'done 603', 'declined'],
  ['does not answer', (calls: Three) => calls.advance(31_000), 'done 480', 'no-answer'],
] as const)
  test(`the target ${what}: the asker is told, and talks on; where it has hung up the other party is hung up`, async () => {
    for (const hasGone of [false, true]) {
      const calls = await three();
      const by = new Asker(calls.bob);
      by.refer(carol);
      calls.advance();
      if (hasGone) calls.bob.session?.end();
      calls.advance();
      refuse(calls);
      calls.advance(500);
      assert.deepEqual(by.heard, ['100', '180', heard]);
      assert.equal(calls.ada.session?.phase, hasGone ? 'ended' : 'confirmed');
      if (!hasGone) {
        calls.assertAgreed();
        calls.ada.session?.end();
      }
      const causes = calls.assertOver(2).map((cause) => cause.code);
      assert.deepEqual(causes.sort(), [code, hasGone ? code : 'normal-clearing'].sort());
    }
  });

for (const [what, to, text] of [
  ['nobody', 'sip:999@a.test', '403 Not Found'],
  ['another domain', 'sip:102@elsewhere.test', '403 No Transfer To Other Domains'],
  ['a domain of another tenant', 'sip:100@b.test', '403 Forbidden'],
  ['another method', 'sip:102@a.test;method=BYE', '403 Only INVITE Is Referred To'],
  ['no SIP address', 'mailto:x@a.test', '416 Unsupported Scheme In Refer-To'],
] as const)
  test(`RFC 3515 §2.4.2: a REFER to ${what} is refused, and the call goes on`, async () => {
    const calls = await three();
    const by = new Asker(calls.bob);
    by.refer(to);
    calls.advance();
    assert.deepEqual(by.heard, [`refused ${text.slice(0, 3)}`]);
    const sent = calls.made.network.trace.sent('edge').map(textOf);
    assert.ok(sent.some((message) => message.startsWith(`SIP/2.0 ${text}\r\n`)));
    calls.assertAgreed();
    calls.ada.session?.end();
    calls.assertOver();
  });

test('RFC 3515 §2.4.1: a REFER without Refer-To, or with two, is malformed', async () => {
  const calls = await three();
  const statuses: (number | undefined)[] = [];
  for (const headers of [[], ['a', 'b'].map((name) => ['Refer-To', `<sip:${name}@a.test>`] as const)]) {
    calls.bob.session?.request('REFER', { headers, onFinal: (response) => void statuses.push(response?.status) });
    calls.advance();
  }
  assert.deepEqual(statuses, [400, 400]);
  calls.ada.session?.end();
  calls.assertOver();
});

test('RFC 4488: an asker that wants no NOTIFY gets none, and is let go when it is done', async () => {
  const calls = await three();
  const by = new Asker(calls.bob);
  by.refer(carol, { wantsReports: false });
  calls.advance();
  calls.carol.accept();
  calls.advance();
  assert.deepEqual(by.heard, ['unknown']);
  assert.deepEqual(by.phone.take(), ['over hung-up']);
  calls.assertAgreed();
  calls.ada.session?.end();
  calls.assertOver(2);
});

test('two REFERs: the second is refused while the first is under way', async () => {
  const calls = await three();
  const [first, second] = [new Asker(calls.bob), new Asker(calls.ada)];
  first.refer(carol);
  calls.advance(20);
  second.refer(carol);
  calls.advance();
  assert.deepEqual([first.heard, second.heard], [['100', '180'], ['refused 491']]);
  calls.carol.session?.reject(486);
  calls.advance();
  second.refer(carol);
  calls.advance();
  calls.carol.accept();
  calls.advance();
  assert.deepEqual(second.heard, ['refused 491', '100', '180', 'done 200']);
  calls.assertAgreed();
  assert.equal(calls.ada.session?.phase, 'ended');
  calls.bob.session?.end();
  calls.assertOver(3);
});

test('a REFER to the asker itself: its own phone rings for the other party, and may take it', async () => {
  const calls = await three();
  const by = new Asker(calls.bob);
  const first = calls.bob.session;
  by.refer('sip:101@a.test');
  calls.advance();
  assert.deepEqual(by.heard, ['100', '180']);
  assert.notEqual(calls.bob.session, first);
  calls.bob.accept();
  calls.advance();
  assert.deepEqual([by.heard.at(-1), first?.phase], ['done 200', 'ended']);
  calls.assertAgreed();
  calls.ada.session?.end();
  calls.assertOver(2);
});

test('RFC 3264 §8.4: the asker holds the other party first: it is off hold when it talks to the target', async () => {
  const calls = await three();
  const { ada, bob } = calls;
  bob.direction = 'sendonly';
  bob.change();
  calls.advance();
  assert.match(ada.shown[1] ?? '', / sendonly$/);
  new Asker(bob).refer(carol);
  calls.advance();
  calls.carol.accept();
  calls.advance();
  assert.match(ada.shown[1] ?? '', / sendrecv$/);
  assert.match(calls.carol.shown[1] ?? '', / sendrecv$/);
  calls.assertAgreed();
  ada.session?.end();
  calls.assertOver(2);
});

test('the other party speaks what the target has: that is offered there first, and nothing is decoded', async () => {
  const calls = await callScene({ third: true, codecs: ['PCMU', 'PCMA', 'G722'] });
  const third = calls.carol ?? assert.fail();
  calls.bob.codecs = ['PCMA'];
  third.codecs = ['PCMA', 'PCMU'];
  calls.up();
  new Asker(calls.bob).refer(carol);
  calls.advance();
  assert.match(third.shown[1] ?? '', /^audio 8 /);
  third.codecs = ['PCMU'];
  third.accept();
  calls.advance();
  // The target has another codec only: the other party follows.
  assert.match(calls.ada.shown[1] ?? '', /^audio 0 101 sendrecv$/);
  calls.assertAgreed();
  calls.ada.session?.end();
  calls.assertOver(2);
});

test('the party that is transferred hangs up while the target rings: CANCEL there, and both calls are over', async () => {
  for (const hasGone of [false, true]) {
    const calls = await three();
    const by = new Asker(calls.bob);
    by.refer(carol);
    calls.advance();
    if (hasGone) calls.bob.session?.end();
    calls.advance();
    calls.ada.session?.end();
    calls.advance();
    assert.deepEqual(calls.carol.take(), ['over cancelled 487']);
    assert.deepEqual(by.heard, ['100', '180', 'done 487']);
    calls.assertOver(2);
  }
});

test('BYE of the party that is transferred crosses the answer of the target: nobody is left', async () => {
  const calls = await three();
  new Asker(calls.bob).refer(carol);
  calls.advance();
  calls.carol.accept();
  calls.ada.session?.end();
  calls.advance();
  assert.deepEqual(calls.carol.take().at(-1), 'over hung-up');
  calls.assertOver(2);
});

test('glare: the party that is transferred changes its session as the target answers, and both agree in the end', async () => {
  for (const delayMs of [0, 10, 20, 30, 40]) {
    const calls = await three();
    new Asker(calls.bob).refer(carol);
    calls.advance();
    calls.carol.accept();
    calls.advance(delayMs);
    calls.ada.tryChange('INVITE', calls.ada.offerLines());
    calls.advance(10_000);
    calls.assertAgreed();
    assert.equal(calls.ada.session?.phase, 'confirmed');
    calls.ada.session?.end();
    calls.assertOver(2);
  }
});

test('loss: each message may be lost, and the transfer comes about all the same', async () => {
  for (const seed of [1, 2, 3]) {
    const calls = await three({ seed });
    const { network, layerHost } = calls.made;
    for (const { host } of calls.phones) network.link(host, layerHost, { loss: 0.15 });
    const by = new Asker(calls.bob);
    by.refer(carol);
    calls.advance(20_000);
    calls.carol.accept();
    calls.advance(40_000);
    assert.equal(by.heard.at(-1), 'done 200', by.heard.join());
    assert.equal(calls.bob.session?.phase, 'ended');
    assert.deepEqual([calls.ada.session?.phase, calls.carol.session?.phase], ['confirmed', 'confirmed']);
    calls.ada.session?.end();
    calls.advance(40_000);
    calls.assertOver(2);
  }
});

test('the other party refuses what it is to speak with the target: both are hung up, nobody hears silence', async () => {
  const calls = await three();
  calls.ada.onChange = (session) => session.refuseReoffer(488);
  const by = new Asker(calls.bob);
  by.refer(carol);
  calls.advance();
  calls.carol.accept();
  calls.advance(500);
  assert.deepEqual([calls.ada.session?.phase, calls.carol.session?.phase], ['ended', 'ended']);
  const causes = calls.assertOver(2).map(({ code }) => code);
  assert.deepEqual(causes, ['transferred', 'not-acceptable']);
});
