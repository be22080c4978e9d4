/** Transfer between phones for programs: one asks, the other follows (RFC 3515, RFC 5589). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Phone, PhoneCall, PhoneSettings, SessionBody } from '@ringdown/sip';
import { VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { phoneOnHost, settle } from './phone-on-host.test.ts';

const body: SessionBody = { type: 'application/sdp', bytes: new TextEncoder().encode('v=0\r\n') };

class Scene {
  readonly clock = new VirtualClock();
  readonly network = new VirtualNetwork({ clock: this.clock, seed: 3 });

  /** A phone whose server is another phone. */
  phone(at: number, server: number, settings: Partial<PhoneSettings> = {}): Phone {
    const host = this.network.host(`phone${at}`, `192.0.2.${at}`);
    host.listen('udp');
    return phoneOnHost({
      ...{ clock: this.clock, host, seed: at },
      target: { kind: 'udp', remote: { family: 4, address: `192.0.2.${server}`, port: 5060 } },
      settings: { username: String(at), password: 'secret', domain: `192.0.2.${server}`, ...settings },
    });
  }

  async pass(ms = 200): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }
}

/** 1 calls 2, which has 3 for a server: what 2 is asked to call is there. */
async function talking(onRefer: PhoneCall['onRefer']) {
  const scene = new Scene();
  const answered: PhoneCall[] = [];
  const answer = (call: PhoneCall) => {
    call.onRefer = onRefer;
    answered.push(call);
    void call.answer(body);
  };
  const [one, two] = [scene.phone(1, 2), scene.phone(2, 3, { onCall: answer })];
  const three = scene.phone(3, 2, { onCall: answer });
  const calling = one.call('2', { body });
  await scene.pass();
  return { scene, one, two, three, answered, call: await calling };
}

test('a phone is asked to call somebody else, does, and reports; the asker hears how it went', async () => {
  const later: { two?: Phone } = {};
  const made = await talking((refer) => {
    refer.accept();
    const phone = later.two ?? assert.fail();
    void phone.call(refer.referTo.target, { body }).then(
      () => refer.finish(200),
      () => refer.finish(480),
    );
  });
  later.two = made.two;
  const heard: number[] = [];
  const outcome = made.call.refer('sip:3@192.0.2.3', { onProgress: ({ status }) => void heard.push(status) });
  for (let at = 0; at < 5; at++) await made.scene.pass();
  assert.deepEqual([heard, await outcome], [[100], { why: 'done', status: 200, reason: 'OK' }]);
  assert.equal(made.three.callCount, 1);
  assert.equal(made.call.isUp, true, 'the first call goes on until somebody hangs up');
});

test('a phone without a handler declines', async () => {
  const { scene, call } = await talking(undefined);
  const refused = assert.rejects(call.refer('sip:3@192.0.2.3'), { code: 'sip_phone_refused', status: 603 });
  await scene.pass();
  await refused;
  assert.equal(call.isUp, true);
});

test('RFC 5589 §7.3: another call of ours is named by its dialog; after a call there is nothing to ask for', async () => {
  const names: (string | undefined)[] = [];
  const { scene, call } = await talking((refer) => {
    names.push(refer.referTo.replaces?.callId, refer.referTo.target);
    refer.refuse(486);
  });
  const refused = assert.rejects(call.refer(call), { status: 486 });
  await scene.pass();
  await refused;
  assert.deepEqual(names, [call.session.callId, 'sip:2@192.0.2.2']);
  void call.hangUp();
  await scene.pass();
  await assert.rejects(call.refer('sip:3@192.0.2.3'), { code: 'sip_phone_state' });
});
