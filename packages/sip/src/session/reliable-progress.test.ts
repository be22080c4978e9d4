/** The callee's reliable provisionals on the wire (RFC 3262 §3, §5): numbers, repetition, what PRACK does, the 2xx that waits, offers and answers in them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type FarScene,
  phoneAndFar,
  type RecordedRequest,
  textBody,
  textOf,
  type VirtualPhoneOptions,
} from '@ringdown/testkit';
import { type DialogState, dialogOfCaller, inDialogRequest } from '../dialog/dialog.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Session } from './session-port.ts';

const contact = ['Contact', '<sip:far@192.0.2.9>'] as const;
const sdp = ['Content-Type', 'application/sdp'] as const;
const supports = ['Supported', '100rel'] as const;
const text = (body: Uint8Array): string => String.fromCharCode(...body);

interface Calling extends FarScene {
  readonly session: Session;
  readonly invite: SipRequest;
  readonly record: RecordedRequest;
  /** Provisionals above 100 that were sent, with their RSeq. */
  readonly rseqs: () => (string | undefined)[];
  readonly rung: () => SipResponse[];
  /** Our PRACK; its final's status, and body. */
  prack(rack: string, body?: string): string;
  dialog(): DialogState;
}

/** The far side has called, and the phone does nothing by itself. */
function calling(
  headers: readonly (readonly [string, string])[] = [supports],
  { body = 'offer', ...options }: VirtualPhoneOptions & { readonly body?: string | undefined } = {},
): Calling {
  const scene = phoneAndFar(options);
  const { a, far, clock } = scene;
  a.onCall = () => undefined;
  const typed = body === '' ? [] : [sdp];
  const invite = far.compose('INVITE', 'a', [contact, ...headers, ...typed], body);
  const record = far.send(invite, a.target);
  clock.advance(50);
  let dialog: DialogState | undefined;
  const rung = () => record.responses.filter(({ status }) => status > 100 && status < 200);
  const scenery: Calling = {
    ...scene,
    session: a.session ?? assert.fail(),
    invite,
    record,
    rung,
    rseqs: () => rung().map((response) => response.header('RSeq')),
    dialog() {
      dialog ??= dialogOfCaller(rung()[0] ?? assert.fail(), invite.uri) ?? assert.fail();
      return dialog;
    },
    prack(rack, answer) {
      const prack = inDialogRequest(this.dialog(), {
        method: 'PRACK',
        headers: [['RAck', rack], ...(answer === undefined ? [] : [sdp])],
        ...(answer === undefined ? {} : { body: new TextEncoder().encode(answer) }),
      });
      const sent = far.send(prack, a.target);
      clock.advance(20);
      const final = sent.responses.at(-1);
      return `${final?.status ?? 0}${final === undefined ? '' : text(final.body)}`;
    },
  };
  return scenery;
}

/** RAck for the nth provisional that came. */
const rackOf = ({ rseqs }: Calling, at = -1): string => `${rseqs().at(at)} 1 INVITE`;

test('RFC 3262 §3: reliable where the caller supports or requires it, with Require, and RSeq from 1 to 2^31 - 1 that goes on by one', () => {
  for (const headers of [[supports], [['Require', '100rel'] as const]]) {
    const call = calling(headers);
    call.session.progress(180);
    call.clock.advance(10);
    const first = Number(call.rseqs()[0]);
    assert.ok(first >= 1 && first < 2 ** 31);
    assert.deepEqual(call.rung()[0]?.headers('Require'), ['100rel']);
    assert.equal(call.prack(rackOf(call)), '200');
    call.session.progress(183);
    call.clock.advance(10);
    assert.deepEqual(call.rseqs(), [String(first), String(first + 1)]);
  }
});

test('RFC 3262 §3: a caller that does not know it gets plain provisionals, one that demands it of a phone that does not is refused', () => {
  const plain = calling([]);
  plain.session.progress(180);
  plain.clock.advance(2000);
  assert.deepEqual([plain.rseqs(), plain.rung()[0]?.header('Require')], [[undefined], undefined]);
  const { a, far, clock } = phoneAndFar({ extensions: ['timer'] });
  const record = far.send(far.compose('INVITE', 'a', [contact, ['Require', '100rel']]), a.target);
  clock.advance(50);
  assert.deepEqual([record.statuses.at(-1), record.responses.at(-1)?.headers('Unsupported')], [420, ['100rel']]);
});

test('a phone that is told to leave it does: plain provisionals, and nothing in Supported', () => {
  const call = calling();
  call.session.reliability = 'off';
  call.session.progress(180);
  call.session.accept(textBody('answer'));
  call.clock.advance(10);
  assert.deepEqual(call.rseqs(), [undefined]);
  assert.deepEqual(call.record.responses.at(-1)?.headers('Supported'), ['timer', 'replaces']);
});

test('RFC 3262 §3: repeated after T1, doubling beyond T2, over TCP too, until the PRACK', () => {
  for (const kind of ['udp', 'tcp'] as const) {
    const { a, far, clock, network } = phoneAndFar();
    a.onCall = (session) => void session.progress(180);
    far.send(far.compose('INVITE', 'a', [contact, supports]), { ...a.target, kind });
    clock.advance(20_000);
    const times = network.trace.timesOf('a', '180');
    const first = times[0] ?? 0;
    assert.deepEqual(
      times.map((at) => Math.round((at - first) / 100) / 10),
      [0, 0.5, 1.5, 3.5, 7.5, 15.5],
      kind,
    );
  }
});

test('RFC 3262 §3: 64*T1 without a PRACK refuses the INVITE', () => {
  const call = calling();
  call.session.progress(180);
  call.clock.advance(31_900);
  assert.equal(call.a.ends, 0);
  call.clock.advance(200);
  assert.equal(call.record.statuses.at(-1), 504);
  assert.deepEqual([call.a.end?.why, call.a.end?.by, call.a.end?.status], ['no-ack', 'remote', 504]);
  call.clock.advance(70_000);
  assert.equal(call.a.agent.sessionCount, 0);
});

test('RFC 3262 §3: a PRACK that is for none that waits is 481, one without RAck 400; what waits goes on', () => {
  const call = calling();
  call.session.progress(180);
  call.clock.advance(10);
  const rseq = Number(call.rseqs()[0]);
  assert.equal(call.prack(`${rseq + 1} 1 INVITE`), '481');
  assert.equal(call.prack(`${rseq} 2 INVITE`), '481');
  assert.equal(call.prack(`${rseq} 1 UPDATE`), '481');
  assert.equal(call.prack('one'), '400');
  call.clock.advance(1000);
  assert.ok(call.rung().length >= 2, 'still repeated');
  assert.equal(call.prack(`${rseq} 1 INVITE`), '200');
  assert.equal(call.prack(`${rseq} 1 INVITE`), '481', 'the same once more, in a transaction of its own');
  assert.deepEqual(call.a.seen, ['pracked']);
});

test('RFC 3262 §3: one at a time: the next goes out when the one before has its PRACK, in order', () => {
  const call = calling();
  for (const status of [180, 182, 183]) call.session.progress(status);
  call.clock.advance(300);
  assert.deepEqual(
    call.rung().map(({ status }) => status),
    [180],
  );
  call.prack(rackOf(call));
  assert.deepEqual(
    call.rung().map(({ status }) => status),
    [180, 182],
  );
  call.prack(rackOf(call));
  call.prack(rackOf(call));
  assert.deepEqual(
    call.rung().map(({ status }) => status),
    [180, 182, 183],
  );
  const [first = 0] = call.rseqs().map(Number);
  assert.deepEqual(call.rseqs().map(Number), [first, first + 1, first + 2]);
});

test('RFC 3262 §3: a final does not wait for the PRACK of what carried no description, which is answered all the same', () => {
  const call = calling();
  call.session.progress(180);
  call.session.progress(183);
  call.session.accept(textBody('answer'));
  call.clock.advance(20);
  assert.deepEqual(call.record.statuses.slice(-2), [180, 200]);
  assert.equal(call.prack(rackOf(call)), '200');
  call.clock.advance(5000);
  assert.deepEqual(
    call.rung().map(({ status }) => status),
    [180],
    'nothing new and nothing again after the final',
  );
});

test('RFC 3262 §3: the 2xx waits for the PRACK of what carried a description, and does not say it again', () => {
  const call = calling();
  call.session.progress(183, { body: textBody('answer') });
  assert.equal(call.session.accept(textBody('answer')), true);
  assert.equal(call.session.accept(textBody('answer')), false);
  assert.equal(call.session.progress(180), false);
  call.clock.advance(3000);
  assert.ok(!call.record.statuses.includes(200));
  assert.equal(call.session.snapshot(), null);
  assert.equal(call.prack(rackOf(call)), '200');
  const final = call.record.responses.at(-1);
  assert.deepEqual([final?.status, final?.bodySizeBytes], [200, 0]);
  assert.equal(call.session.phase, 'accepted');
  assert.deepEqual(
    [call.session.localBody, call.session.remoteBody].map((body) => text(body?.bytes ?? new Uint8Array())),
    ['answer', 'offer'],
  );
});

test('a 2xx that waits and never gets its PRACK: the INVITE is refused, nothing of it goes out', () => {
  const call = calling();
  call.session.progress(183, { body: textBody('answer') });
  call.session.accept(textBody('answer'));
  call.clock.advance(40_000);
  assert.deepEqual(
    [call.record.statuses.includes(200), call.record.statuses.at(-1), call.a.end?.why],
    [false, 504, 'no-ack'],
  );
});

test('RFC 3261 §9.2: CANCEL while the 2xx waits: no final was sent, so the call is cancelled', () => {
  const call = calling();
  call.session.progress(183, { body: textBody('answer') });
  call.session.accept(textBody('answer'));
  call.clock.advance(100);
  call.record.transaction.cancel();
  call.clock.advance(100);
  assert.deepEqual([call.record.statuses.at(-1), call.a.end?.why], [487, 'cancelled']);
  assert.equal(call.prack(rackOf(call)), '481');
});

test('a refusal waits for nothing', () => {
  const call = calling();
  call.session.progress(183, { body: textBody('answer') });
  call.session.reject(486);
  call.clock.advance(100);
  assert.equal(call.record.statuses.at(-1), 486);
});

test('RFC 3262 §5: an INVITE without an offer: the reliable provisional has it, the PRACK the answer, the 2xx nothing', () => {
  const call = calling([supports], { body: '' });
  call.session.progress(183, { body: textBody('offer of a') });
  call.session.accept(textBody('offer of a'));
  call.clock.advance(100);
  assert.equal(text(call.rung()[0]?.body ?? new Uint8Array()), 'offer of a');
  assert.equal(call.prack(rackOf(call), 'answer of far'), '200');
  assert.deepEqual(call.a.seen, ['pracked answer of far']);
  assert.equal(call.record.responses.at(-1)?.bodySizeBytes, 0);
  const ack = inDialogRequest(call.dialog(), { method: 'ACK', headers: [], seq: 1 });
  call.far.layer.sendDirect(ack, call.a.target);
  call.clock.advance(100);
  assert.equal(call.session.phase, 'confirmed');
  assert.equal(text(call.session.remoteBody?.bytes ?? new Uint8Array()), 'answer of far');
  assert.equal(call.session.reinvite(textBody('and on')), true);
});

test('RFC 3262 §5: an offer is no matter of an unreliable provisional', () => {
  const call = calling([], { body: '' });
  call.session.progress(183, { body: textBody('offer of a') });
  call.clock.advance(100);
  assert.equal(call.rung()[0]?.bodySizeBytes, 0);
  call.session.accept(textBody('offer of a'));
  call.clock.advance(100);
  assert.equal(text(call.record.responses.at(-1)?.body ?? new Uint8Array()), 'offer of a');
});

test('RFC 3262 §5: an offer in the PRACK is answered in its 200; the 2xx waits for that too', () => {
  const call = calling();
  call.a.onChange = () => undefined;
  call.session.progress(183, { body: textBody('answer') });
  call.clock.advance(10);
  assert.equal(call.prack(rackOf(call), 'second offer'), '0');
  assert.deepEqual(call.a.seen, ['reoffer PRACK second offer']);
  call.session.accept(textBody('answer'));
  call.clock.advance(200);
  assert.ok(!call.record.statuses.includes(200));
  call.session.acceptReoffer(textBody('second answer'));
  call.clock.advance(20);
  assert.equal(call.record.statuses.at(-1), 200);
  const prack200 = call.network.trace.sent('a').filter((entry) => /CSeq: \d+ PRACK/.test(textOf(entry)));
  assert.match(textOf(prack200[0] ?? assert.fail()), /second answer$/);
  assert.equal(text(call.session.remoteBody?.bytes ?? new Uint8Array()), 'second offer');
});

test('RFC 6337 §2.3: an offer in a PRACK that is not acceptable ends the call, the PRACK itself is not refused', () => {
  const call = calling();
  call.a.onChange = (session) => void session.refuseReoffer(488);
  call.session.progress(183, { body: textBody('answer') });
  call.clock.advance(10);
  assert.equal(call.prack(rackOf(call), 'second offer'), '200');
  assert.deepEqual([call.record.statuses.at(-1), call.a.end?.why], [488, 'rejected']);
});

test('a caller that offers in a PRACK while its first offer is open is told 491; the provisional counts as acknowledged', () => {
  const call = calling();
  call.session.progress(180);
  call.clock.advance(10);
  assert.equal(call.prack(rackOf(call), 'too early'), '491');
  call.session.progress(183);
  call.clock.advance(10);
  assert.equal(call.rung().length, 2);
});

test('RFC 3261 §13.3.1.1: ringing for minutes: each minute another one, with its own RSeq and without a description', () => {
  const call = calling();
  call.session.progress(183, { body: textBody('answer') });
  call.clock.advance(10);
  call.prack(rackOf(call));
  call.clock.advance(60_100);
  assert.deepEqual(
    call.rung().map(({ status, bodySizeBytes }) => `${status} ${bodySizeBytes}`),
    ['183 6', '183 0'],
  );
  assert.equal(call.prack(rackOf(call)), '200');
});
