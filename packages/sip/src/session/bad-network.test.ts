/**
 * Whole calls over a bad network, many seeds each: packets lost, late, twice and out of order, phones behind NAT. Whatever happens on the way, each side
 * ends exactly once, nothing remains, and both agree on what was said last.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type LinkSettings,
  type NatKind,
  textBody,
  twoPhones,
  VirtualClock,
  VirtualNetwork,
  VirtualPhone,
} from '@ringdown/testkit';

const updates = { headers: [['Allow', 'INVITE, ACK, BYE, UPDATE']] } as const;

const links: readonly { readonly title: string; readonly link: Partial<LinkSettings> }[] = [
  { title: 'one packet in five is lost', link: { loss: 0.2, delayMs: 20 } },
  { title: 'half of them come twice', link: { duplication: 0.5, delayMs: 20 } },
  { title: 'a third is overtaken', link: { reorder: 0.33, reorderMs: 80, delayMs: 20 } },
  { title: 'all of it, and late', link: { loss: 0.15, duplication: 0.2, reorder: 0.2, jitterMs: 300, delayMs: 150 } },
];

for (const { title, link } of links) {
  test(`a call with changes from both sides: ${title}`, () => {
    let agreed = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { a, b, clock, network } = twoPhones({ seed, link, a: updates, b: updates });
      const where = `seed ${seed}\n`;
      a.call(b, { sessionExpiresSec: 300, ...(seed % 3 === 0 ? { body: null } : {}) });
      clock.advanceUntil(() => a.session?.phase === 'confirmed' && b.session?.phase === 'confirmed', 40_000);
      if (a.session?.phase === 'confirmed' && b.session?.phase === 'confirmed') {
        a.session.reinvite(textBody('from a'));
        if (seed % 2 === 0) b.session.reinvite(textBody('from b'));
        clock.advance(60_000);
        b.session.update(textBody('update of b'));
        clock.advance(60_000);
        agreed += agree(a, b, where + network.trace.ladder());
      }
      (seed % 2 === 0 ? a : b).session?.end();
      clock.advance(400_000);
      assert.deepEqual([a.ends, b.invites.length === 0 ? 1 : b.ends], [1, 1], where + network.trace.ladder());
      assert.deepEqual([a.agent.sessionCount, b.agent.sessionCount, b.invites.length <= 1], [0, 0, true], where);
      assert.deepEqual([a.layer.counts.client, a.layer.counts.server], [0, 0], where);
      assert.equal(clock.armedCount, 0, where);
    }
    assert.ok(agreed >= 55, `only ${agreed} of 60 calls lived that long`);
  });
}

/** What one says it was told is what the other says it said. */
function agree(a: VirtualPhone, b: VirtualPhone, where: string): number {
  if (a.session?.phase !== 'confirmed' || b.session?.phase !== 'confirmed') return 0;
  assert.deepEqual(a.session.localBody, b.session.remoteBody, where);
  assert.deepEqual(b.session.localBody, a.session.remoteBody, where);
  return 1;
}

test('a caller that gives up at any moment: CANCEL, 200 and BYE cross as they will', () => {
  for (let atMs = 0; atMs <= 400; atMs += 5) {
    const { a, b, clock, network } = twoPhones({ seed: atMs + 1, link: { delayMs: 40, jitterMs: 20 } });
    b.onCall = (session) => {
      session.progress(180);
      network.later(150, () => session.accept(textBody('answer')));
    };
    a.call(b);
    clock.advance(atMs);
    a.session?.end();
    clock.advance(80_000);
    const where = `${atMs} ms\n${network.trace.ladder()}`;
    assert.deepEqual([a.ends, b.ends], [1, 1], where);
    assert.equal(a.end?.by, 'local', where);
    assert.equal(b.end?.by, 'remote', where);
    assert.deepEqual([a.agent.sessionCount, b.agent.sessionCount, clock.armedCount], [0, 0, 0], where);
  }
});

for (const kind of ['full-cone', 'port-restricted', 'symmetric'] as const satisfies readonly NatKind[]) {
  test(`a phone behind a ${kind} NAT calls out: what the other side sends comes back the way it came`, () => {
    const clock = new VirtualClock();
    const network = new VirtualNetwork({ clock });
    const nat = network.nat('203.0.113.7', { kind });
    const a = new VirtualPhone(network, 'a', { addresses: ['10.0.0.5'], behind: nat });
    const b = new VirtualPhone(network, 'b', '192.0.2.2');
    a.call(b);
    clock.advance(2000);
    assert.deepEqual([a.session?.phase, b.session?.phase], ['confirmed', 'confirmed'], network.trace.ladder());
    assert.equal(b.session?.reinvite(textBody('hold')), true);
    clock.advance(500);
    assert.equal(a.seen.at(-1), 'reoffer INVITE hold');
    b.session?.end();
    clock.advance(500);
    assert.deepEqual([a.end?.why, a.end?.by], ['hung-up', 'remote']);
  });
}

test('a NAT that gives the phone another port in mid-call: the next request shows where it is now', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock });
  const nat = network.nat('203.0.113.7', { kind: 'port-restricted', mappingTimeoutMs: 30_000 });
  const a = new VirtualPhone(network, 'a', { addresses: ['10.0.0.5'], behind: nat });
  const b = new VirtualPhone(network, 'b', '192.0.2.2');
  a.call(b);
  clock.advance(60_000);
  a.session?.reinvite(textBody('hold'));
  clock.advance(500);
  b.session?.end();
  clock.advance(500);
  assert.deepEqual([a.end?.why, b.end?.by], ['hung-up', 'local'], network.trace.ladder());
});
