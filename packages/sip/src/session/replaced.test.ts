/** One call takes the place of another (RFC 3891): three phones, of which the third names the dialog of the first two. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody as sdp, VirtualAgent, VirtualClock, VirtualNetwork, VirtualPhone } from '@ringdown/testkit';
import { buildResponse } from '../message/build-response.ts';
import type { Replaces } from '../message/replaces.ts';
import type { Session } from './session-port.ts';

function threePhones() {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const phone = (name: string, at: number) => new VirtualPhone(network, name, `192.0.2.${at}`);
  return { clock, network, a: phone('a', 1), b: phone('b', 2), c: phone('c', 3) };
}

/** The dialog of `session` as whoever writes to its owner names it. */
function named(session: Session | null, isEarlyOnly = false): Replaces {
  const { callId, localTag, remoteTag } = session?.dialogId ?? assert.fail('no dialog');
  return { callId, toTag: localTag, fromTag: remoteTag, isEarlyOnly };
}

function connected() {
  const scene = threePhones();
  scene.a.call(scene.b);
  scene.clock.advance(1000);
  const { session } = scene.a;
  assert.equal(session?.phase, 'confirmed');
  return { ...scene, first: session ?? assert.fail() };
}

function ringing() {
  const scene = threePhones();
  scene.b.onCall = (session) => void session.progress(180);
  scene.a.call(scene.b);
  scene.clock.advance(500);
  const { session } = scene.a;
  assert.equal(session?.phase, 'proceeding');
  return { ...scene, first: session ?? assert.fail() };
}

test('RFC 3891 §3: a confirmed dialog: the new call is accepted, the old one ended by BYE', () => {
  const { a, b, c, clock, first } = connected();
  c.call(a, { replaces: named(first) });
  clock.advance(500);
  const [, invite] = [b.invites[0], a.invites[0]];
  assert.deepEqual([invite?.header('Require'), invite?.hasToken('Supported', 'replaces')], ['replaces', true]);
  assert.deepEqual([c.session?.phase, a.session?.phase, first.phase], ['confirmed', 'confirmed', 'ended']);
  assert.deepEqual([b.end?.why, b.end?.by, a.agent.sessionCount], ['hung-up', 'remote', 1]);
});

test('RFC 3891 §3: an early dialog that we began: accepted, and our INVITE is taken back by CANCEL', () => {
  const { a, b, c, clock, first } = ringing();
  c.call(a, { replaces: named(first, true) });
  clock.advance(500);
  assert.deepEqual([c.session?.phase, first.phase, b.end?.why], ['confirmed', 'ended', 'cancelled']);
});

test('RFC 3891 §3: an early dialog that the peer began: 481, and it rings on', () => {
  const { a, b, c, clock } = ringing();
  const caller = a.session;
  c.call(b, { replaces: named(b.session) });
  clock.advance(500);
  assert.deepEqual([c.end?.status, caller?.phase], [481, 'proceeding']);
});

test('RFC 3891 §3: early-only and answered by now: 486', () => {
  const { a, c, clock, first } = connected();
  c.call(a, { replaces: named(first, true) });
  clock.advance(500);
  assert.deepEqual([c.end?.status, first.phase], [486, 'confirmed']);
});

test('RFC 3891 §7.1: early-only, and answered while the new call is being considered: 486', () => {
  const { a, b, c, clock, first } = ringing();
  a.onCall = (session) => void session.progress(180);
  c.call(a, { replaces: named(first, true) });
  clock.advance(200);
  const second = a.session;
  b.session?.accept(sdp('answer'));
  clock.advance(200);
  assert.deepEqual([first.phase, second?.replaced?.session], ['confirmed', first]);
  assert.equal(second?.accept(sdp('taken')), false);
  clock.advance(200);
  assert.deepEqual([c.end?.status, first.phase], [486, 'confirmed']);
});

test('RFC 3891 §3: a dialog that is ending: 603', () => {
  const { a, b, c, clock, network, first } = connected();
  network.oneWay(a.host, b.host, { up: false });
  first.end();
  c.call(a, { replaces: named(first) });
  clock.advance(200);
  assert.deepEqual([c.end?.status, first.phase], [603, 'ending']);
});

test('RFC 3891 §3: ended while the new call rings: 603', () => {
  const { a, b, c, clock, first } = connected();
  a.onCall = (session) => void session.progress(180);
  c.call(a, { replaces: named(first) });
  clock.advance(200);
  b.session?.end();
  clock.advance(200);
  assert.equal(a.session?.accept(sdp('taken')), false);
  clock.advance(200);
  assert.equal(c.end?.status, 603);
});

test('RFC 3891 §3: no such dialog, or one of its tags is another: 481, and nobody rings', () => {
  const { a, c, clock, first } = connected();
  const right = named(first);
  for (const wrong of [
    { callId: 'other' },
    { toTag: 'x' },
    { fromTag: 'x' },
    { toTag: right.fromTag, fromTag: right.toTag },
  ]) {
    c.call(a, { replaces: { ...right, ...wrong } });
    clock.advance(500);
    assert.equal(c.end?.status, 481, JSON.stringify(wrong));
  }
  assert.deepEqual([a.invites.length, first.phase], [0, 'confirmed']);
});

test('RFC 3891 §6.1: 0 is the missing tag of a peer of RFC 2543', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const a = new VirtualPhone(network, 'a', '192.0.2.1');
  const c = new VirtualPhone(network, 'c', '192.0.2.3');
  const old = new VirtualAgent(network, 'old', '192.0.2.9');
  const first = a.call(old.address);
  clock.advance(50);
  const [invite] = old.requests;
  assert.ok(invite);
  invite.request.responseTag = undefined;
  invite.respond(
    buildResponse(invite.request, 200, {
      headers: [
        ['Contact', '<sip:old@192.0.2.9>'],
        ['Content-Type', 'application/sdp'],
      ],
      body: 'answer',
    }),
  );
  clock.advance(200);
  assert.deepEqual([first.phase, first.dialogId?.remoteTag], ['confirmed', '']);
  c.call(a, {
    replaces: { callId: first.callId, toTag: first.dialogId?.localTag ?? '', fromTag: '0', isEarlyOnly: false },
  });
  clock.advance(200);
  assert.equal(c.session?.phase, 'confirmed');
});

test('RFC 3891 §3: a Replaces that cannot be read, or together with Join: 400', () => {
  const { a, c, clock, first } = connected();
  const { callId, toTag, fromTag } = named(first);
  const good = `${callId};to-tag=${toTag};from-tag=${fromTag}`;
  const bad: [string, string][][] = [
    [['Replaces', callId]],
    [['Replaces', `${callId};to-tag=${toTag}`]],
    [
      ['Replaces', good],
      ['Join', good],
    ],
  ];
  for (const headers of bad) {
    c.call(a, { headers });
    clock.advance(500);
    assert.equal(c.end?.status, 400, JSON.stringify(headers));
  }
  assert.equal(first.phase, 'confirmed');
});

test('RFC 3891 §3: the owner refuses: the old call is as it was', () => {
  const { a, c, clock, first } = connected();
  a.onCall = (session) => void session.reject(403);
  c.call(a, { replaces: named(first) });
  clock.advance(500);
  assert.deepEqual([c.end?.status, first.phase], [403, 'confirmed']);
});

test('RFC 3891 §4: whoever does not know Replaces refuses the call with 420', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const a = new VirtualPhone(network, 'a', '192.0.2.1', { extensions: ['timer'] });
  const c = new VirtualPhone(network, 'c', '192.0.2.3');
  c.call(a, { replaces: { callId: 'x', toTag: '1', fromTag: '2', isEarlyOnly: false } });
  clock.advance(500);
  assert.deepEqual([c.end?.status, a.invites.length], [420, 0]);
});

test('RFC 3891 §3: who takes the replaced session over ends it himself', () => {
  const { a, b, c, clock, first } = connected();
  a.onCall = (session) => {
    assert.equal(session.takeReplaced()?.session, first);
    session.accept(sdp('answer'));
  };
  c.call(a, { replaces: named(first) });
  clock.advance(500);
  assert.deepEqual([c.session?.phase, first.phase, b.end], ['confirmed', 'confirmed', null]);
});
