/** Session timers on the wire (RFC 4028): who refreshes, 422 on either side, what ends a session that nobody refreshes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  connectedPhones,
  labelOf,
  type PhoneScene,
  phoneAndFar,
  respondAs,
  textBody,
  textOf,
  twoPhones,
  type VirtualPhoneOptions,
} from '@ringdown/testkit';
import { dialogOfCallee, dialogOfCaller, inDialogRequest } from '../dialog/dialog.ts';

const updates = { headers: [['Allow', 'INVITE, ACK, BYE, UPDATE']] } as const;
const wants = (intervalSec: number, minSec = 90): VirtualPhoneOptions => ({ sessionTimer: { intervalSec, minSec } });

/** Seconds at which a host sent a method. */
function secondsOf({ network }: PhoneScene, from: string, method: string): number[] {
  return network.trace.timesOf(from, method).map((at) => Math.round(at / 1000));
}

function headerOf({ network }: PhoneScene, from: string, label: string, header: string): (string | undefined)[] {
  return network.trace
    .sent(from)
    .filter((entry) => labelOf(entry) === label)
    .map((entry) => new RegExp(`^${header}: (.*)$`, 'm').exec(textOf(entry))?.[1]?.trim());
}

test('RFC 4028 §7.2, §10: the caller proposes and refreshes at half the interval, by re-INVITE with what it said last', () => {
  const scene = connectedPhones({ call: { sessionExpiresSec: 120 } });
  assert.deepEqual(headerOf(scene, 'b', '200', 'Session-Expires'), ['120;refresher=uac']);
  assert.deepEqual(headerOf(scene, 'b', '200', 'Require'), ['timer']);
  scene.clock.advance(300_000);
  assert.deepEqual(secondsOf(scene, 'a', 'INVITE'), [0, 60, 120, 180, 240, 300]);
  assert.deepEqual(secondsOf(scene, 'b', 'INVITE'), []);
  assert.deepEqual([scene.a.seen, scene.b.seen], [['accepted'], ['acknowledged']], 'nobody is told of a refresh');
});

test('RFC 4028 §7.4: by UPDATE without a body where the peer allows it', () => {
  const scene = connectedPhones({ call: { sessionExpiresSec: 120 }, b: updates });
  scene.clock.advance(130_000);
  assert.deepEqual(secondsOf(scene, 'a', 'UPDATE'), [60, 120]);
  assert.deepEqual(secondsOf(scene, 'a', 'INVITE'), [0]);
});

test('an UPDATE that turns out not to be allowed: the refresh goes on by re-INVITE', () => {
  const { a, far, clock } = phoneAndFar();
  far.answer = (transaction) => {
    const isUpdate = transaction.method === 'UPDATE';
    respondAs(transaction, isUpdate ? 405 : 200, 'one', {
      ...(transaction.method === 'INVITE' ? { body: 'answer' } : {}),
      headers: [
        ['Allow', 'INVITE, UPDATE'],
        ['Session-Expires', '120;refresher=uac'],
      ],
    });
  };
  a.call(far.address);
  clock.advance(70_000);
  assert.deepEqual(
    far.requests.map(({ method }) => method),
    ['INVITE', 'UPDATE', 'INVITE'],
  );
  clock.advance(600_000);
  assert.equal(a.session?.phase, 'confirmed');
});

test('RFC 4028 §9: the callee may be asked to refresh (refresher=uas)', () => {
  const { a, far, clock } = phoneAndFar();
  a.onCall = (session) => void session.accept(textBody('answer'));
  const invite = far.compose(
    'INVITE',
    'a',
    [
      ['Contact', '<sip:far@192.0.2.9>'],
      ['Supported', 'timer'],
      ['Session-Expires', '200;refresher=uas'],
      ['Content-Type', 'application/sdp'],
    ],
    'offer',
  );
  const record = far.send(invite, a.target);
  clock.advance(100);
  const response = record.responses.at(-1) ?? assert.fail();
  assert.equal(response.header('Session-Expires'), '200;refresher=uas');
  const dialog = dialogOfCaller(response, invite.uri) ?? assert.fail();
  far.layer.sendDirect(inDialogRequest(dialog, { method: 'ACK', headers: [], seq: 1 }), a.target);
  far.answer = (transaction) =>
    respondAs(transaction, 200, 'x', { body: 'again', headers: [['Session-Expires', '200;refresher=uac']] });
  clock.advance(100_100);
  assert.deepEqual(
    far.requests.map(({ request }) => `${request.method} ${request.header('Session-Expires')}`),
    ['INVITE 200;refresher=uac'],
    'from our side the refresher is the UAC of the refresh',
  );
});

test('RFC 4028 §9: the callee wants a timer where the caller knows timers and asked for none', () => {
  const scene = connectedPhones({ b: wants(180) });
  assert.deepEqual(headerOf(scene, 'b', '200', 'Session-Expires'), ['180;refresher=uac']);
  scene.clock.advance(100_000);
  assert.deepEqual(secondsOf(scene, 'a', 'INVITE'), [0, 90]);
});

test('RFC 4028 §9: a caller that does not know timers is not asked to; a proxy’s wish is granted and we refresh', () => {
  for (const [supported, asked, granted] of [
    [[], [], undefined],
    [[], [['Session-Expires', '300']], '300;refresher=uas'],
    [[['Supported', 'timer']], [['Session-Expires', '300']], '300;refresher=uac'],
  ] as const) {
    const { a, far, clock } = phoneAndFar(wants(600));
    const headers = [['Contact', '<sip:far@192.0.2.9>'] as const, ...supported, ...asked];
    const record = far.send(far.compose('INVITE', 'a', headers), a.target);
    clock.advance(100);
    assert.equal(record.responses.at(-1)?.header('Session-Expires'), granted);
  }
});

const always: VirtualPhoneOptions = { sessionTimer: { intervalSec: 120, minSec: 90, always: true } };

test('RFC 4028 §7.2: always: a callee that grants no timer is refreshed all the same', () => {
  const { a, far, clock } = phoneAndFar(always);
  far.answer = (transaction) => respondAs(transaction, 200, 'one', { body: 'answer' });
  a.call(far.address);
  clock.advance(130_000);
  assert.deepEqual(
    far.requests.map(({ method }) => method),
    ['INVITE', 'INVITE', 'INVITE'],
  );
  far.answer = () => undefined;
  clock.advance(120_000);
  assert.equal(a.end?.why, 'expired');
});

test('RFC 4028 §9: always: a caller that knows no timers is refreshed all the same', () => {
  const { a, far, clock } = phoneAndFar(always);
  const record = far.send(far.compose('INVITE', 'a', [['Contact', '<sip:far@192.0.2.9>']]), a.target);
  clock.advance(100);
  assert.equal(record.responses.at(-1)?.header('Session-Expires'), '120;refresher=uas');
  assert.equal(record.responses.at(-1)?.header('Require'), undefined);
});

test('RFC 4028 §9: too short for us: 422 with Min-SE; the caller raises its wish and the call comes about (§7.3)', () => {
  const scene = connectedPhones({ call: { sessionExpiresSec: 100 }, b: wants(0, 300) });
  assert.deepEqual(headerOf(scene, 'b', '422', 'Min-SE'), ['300']);
  assert.deepEqual(headerOf(scene, 'a', 'INVITE', 'Session-Expires'), ['100', '300']);
  assert.deepEqual(headerOf(scene, 'a', 'INVITE', 'Min-SE'), [undefined, '300']);
  const [first, second] = scene.network.trace
    .sent('a')
    .filter((entry) => labelOf(entry) === 'INVITE')
    .map((entry) => /^Call-ID: (.*)$/m.exec(textOf(entry))?.[1]);
  assert.equal(first, second, 'the same call');
  assert.equal(scene.b.invites.length, 1, 'the callee’s user hears of one call');
});

test('RFC 4028 §7.3: a 422 that asks for no more than we gave, or for a year, or for nothing, ends the call', () => {
  for (const minSe of ['90', '40000000', undefined]) {
    const { a, far, clock } = phoneAndFar();
    far.answer = (transaction) =>
      respondAs(transaction, 422, 'one', { headers: minSe === undefined ? [] : [['Min-SE', minSe] as const] });
    a.call(far.address, { sessionExpiresSec: 120 });
    clock.advance(2000);
    assert.deepEqual([a.end?.why, a.end?.status, far.requests.length], ['rejected', 422, 1]);
  }
});

test('RFC 4028 §7.3: a refresh that is too short is repeated longer', () => {
  const { a, far, clock } = phoneAndFar();
  far.answer = (transaction) => {
    const { request } = transaction;
    const asked = Number(request.header('Session-Expires')?.split(';')[0]);
    if (request.method === 'INVITE' && far.requests.length > 1 && asked < 400)
      respondAs(transaction, 422, 'one', { headers: [['Min-SE', '400']] });
    else
      respondAs(transaction, 200, 'one', { body: 'answer', headers: [['Session-Expires', `${asked};refresher=uac`]] });
  };
  a.call(far.address, { sessionExpiresSec: 120 });
  clock.advance(70_000);
  assert.deepEqual(
    far.requests.map(({ request }) => request.header('Session-Expires')),
    ['120', '120;refresher=uac', '400;refresher=uac'],
  );
  clock.advance(150_000);
  assert.equal(far.requests.length, 3, 'the next at half of the longer one');
});

test('RFC 4028 §10: the refresher falls silent: the other hangs up before the interval is over, and says why', () => {
  const scene = connectedPhones({ call: { sessionExpiresSec: 120 } });
  const { a, b, clock, network } = scene;
  network.oneWay(a.host, b.host, { up: false });
  clock.advance(86_000);
  assert.equal(b.ends, 0);
  clock.advance(40_000);
  assert.equal(b.end?.why, 'expired');
  assert.deepEqual(secondsOf(scene, 'b', 'BYE').at(0), 88, '120 s less 32 s');
  assert.match(headerOf(scene, 'b', 'BYE', 'Reason')[0] ?? '', /cause=408/);
});

test('RFC 4028 §10: the refresher hears nothing: it hangs up as well', () => {
  const { a, b, clock, network } = connectedPhones({ call: { sessionExpiresSec: 120 } });
  network.oneWay(b.host, a.host, { up: false });
  clock.advance(200_000);
  assert.ok(a.end?.why === 'gone' || a.end?.why === 'expired');
  assert.equal(b.ends, 1);
});

test('a refresh that is refused for the moment is tried again; the session lives', () => {
  const { a, far, clock } = phoneAndFar();
  let refusals = 0;
  far.answer = (transaction) => {
    const isRefresh = transaction.method === 'INVITE' && far.requests.length > 1;
    refusals += isRefresh ? 1 : 0;
    if (isRefresh && refusals <= 2) respondAs(transaction, 503, 'one');
    else respondAs(transaction, 200, 'one', { body: 'answer', headers: [['Session-Expires', '120;refresher=uac']] });
  };
  a.call(far.address, { sessionExpiresSec: 120 });
  clock.advance(600_000);
  assert.equal(a.session?.phase, 'confirmed');
  assert.ok(refusals > 2);
});

test('a peer that takes the timer back in a refresh is not hung up on', () => {
  const { a, far, clock } = phoneAndFar();
  far.answer = (transaction) =>
    respondAs(transaction, 200, 'one', {
      body: 'answer',
      headers: far.requests.length === 1 ? [['Session-Expires', '120;refresher=uac']] : [],
    });
  a.call(far.address, { sessionExpiresSec: 120 });
  clock.advance(3_600_000);
  assert.equal(a.session?.phase, 'confirmed');
  assert.equal(far.requests.length, 2);
});

test('a change of either side begins the interval anew and leaves the refresher as it is', () => {
  const scene = connectedPhones({ call: { sessionExpiresSec: 120 } });
  scene.clock.advance(49_000);
  scene.b.session?.reinvite(textBody('from b'));
  scene.clock.advance(100);
  assert.equal(headerOf(scene, 'b', 'INVITE', 'Session-Expires')[0], '120;refresher=uas');
  scene.clock.advance(61_000);
  assert.deepEqual(secondsOf(scene, 'a', 'INVITE'), [0, 110]);
});

test('the answer to a refresh says something new: the user is told', () => {
  const { a, far, clock } = phoneAndFar();
  far.answer = (transaction) =>
    respondAs(transaction, 200, 'one', {
      body: far.requests.length < 2 ? 'answer' : 'moved',
      headers: [['Session-Expires', '120;refresher=uac']],
    });
  a.call(far.address, { sessionExpiresSec: 120 });
  clock.advance(61_000);
  assert.deepEqual(a.seen, ['accepted', 'reoffer-accepted moved']);
  clock.advance(60_000);
  assert.equal(a.seen.length, 2, 'once');
});

test('no timer asked for, none runs', () => {
  const { a, b, clock } = twoPhones();
  a.call(b);
  clock.advance(24 * 3_600_000);
  assert.deepEqual([a.session?.phase, b.session?.phase], ['confirmed', 'confirmed']);
  assert.equal(clock.armedCount, 0);
});

test('RFC 4028 §9: a refresh of the peer that is too short is 422, by re-INVITE and by UPDATE, and the session goes on', () => {
  const { a, far, clock } = phoneAndFar(wants(0, 300));
  a.call(far.address);
  clock.advance(50);
  const invite = far.requests[0] ?? assert.fail();
  respondAs(invite, 200, 'one', { body: 'answer', headers: [['Session-Expires', '600;refresher=uas']] });
  clock.advance(50);
  const dialog = dialogOfCallee(invite.request, 'one');
  const statuses = ['INVITE', 'UPDATE'].map((method) => {
    const headers = [
      ['Contact', '<sip:one@192.0.2.9>'],
      ['Supported', 'timer'],
      ['Session-Expires', '120'],
    ] as const;
    const record = far.send(inDialogRequest(dialog, { method, headers }), a.target);
    clock.advance(50);
    const final = record.responses.at(-1);
    return [final?.status, final?.header('Min-SE')];
  });
  assert.deepEqual(statuses, [
    [422, '300'],
    [422, '300'],
  ]);
  assert.equal(a.session?.phase, 'confirmed');
});

test('RFC 4028 §7.4: an UPDATE before the answer says nothing of timers: that is the INVITE’s matter', () => {
  const scene = twoPhones({ a: { ...updates, ...wants(180) }, b: updates });
  const { a, b, clock } = scene;
  b.onCall = (session) => void session.progress(183, { body: textBody('early') });
  a.onRinging = (session, fork) => scene.network.later(10, () => session.update(textBody('changed'), [], fork));
  a.call(b);
  clock.advance(100);
  b.session?.accept(textBody('early'));
  clock.advance(100);
  assert.deepEqual(headerOf(scene, 'a', 'UPDATE', 'Session-Expires'), [undefined]);
  assert.deepEqual(
    headerOf(scene, 'b', '200', 'Session-Expires').filter((value) => value !== undefined),
    ['180;refresher=uac'],
  );
});
