/** RFC 3261 §10.2: our registration with a trunk's registrar, by the machine of the library. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse } from '@ringdown/sip';
import type { RegistrationNews } from '#services/trunks';
import { scene } from './edge-scene.test.ts';

async function registering() {
  const made = await scene();
  const { trunks, actor, tenant, trunkId } = made;
  await trunks.updateTrunk(actor, { trunk: trunkId, registration: { aor: 'us@carrier.test', expiresSec: 300 } });
  const carrier = made.peer('192.0.2.50', 'carrier');
  const asked: string[] = [];
  carrier.onOther = (transaction) => {
    const { request } = transaction;
    const isSigned = request.header('Authorization')?.includes('username="us"') === true;
    asked.push(`${request.to.uri.text} ${request.expires} ${isSigned ? 'signed' : 'plain'}`);
    const challenge = [
      'WWW-Authenticate',
      'Digest realm="carrier.test", nonce="n", qop="auth", algorithm=MD5',
    ] as const;
    transaction.respond(buildResponse(request, isSigned ? 200 : 401, { headers: isSigned ? [] : [challenge] }));
  };
  const news: string[] = [];
  const tell = (_trunk: string, one: RegistrationNews): void => void news.push(one.kind);
  const signalling = made.edge.trunkSignalling(tell);
  const trunk = trunks.views.get(tenant, trunkId);
  assert.ok(trunk);
  return { ...made, carrier, asked, news, signalling, trunk };
}

test('RFC 3261 §10.2: challenged, registered, refreshed, and taken back', async () => {
  const { clock, asked, news, signalling, trunk } = await registering();
  signalling.register(trunk);
  clock.advance(100);
  assert.deepEqual(asked.splice(0), ['sip:us@carrier.test 300 plain', 'sip:us@carrier.test 300 signed']);
  clock.advance(240_000);
  assert.deepEqual(asked.splice(0), ['sip:us@carrier.test 300 signed'], 'the known nonce is used ahead');
  assert.deepEqual(news, ['trying', 'taken', 'trying', 'taken']);
  signalling.unregister(trunk);
  clock.advance(100);
  assert.deepEqual(asked, ['sip:us@carrier.test 0 signed']);
  clock.advance(3_600_000);
  assert.equal(asked.length, 1);
});

test('RFC 5626 §4.5: a refusal is told, and tried again after a while', async () => {
  const { clock, carrier, news, signalling, trunk } = await registering();
  const { onOther } = carrier;
  carrier.onOther = (transaction) => transaction.respond(buildResponse(transaction.request, 503));
  signalling.register(trunk);
  clock.advance(100);
  assert.deepEqual(news.splice(0), ['trying', 'failed']);
  carrier.onOther = onOther;
  clock.advance(30_100);
  assert.deepEqual(news, ['trying', 'taken']);
});
