/** Target refresh (RFC 3261 §12.2, RFC 3311 §5) and CSeq order (RFC 3261 §12.2.2), against a peer played by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, edit, type SipRequest } from '@ringdown/sip';
import { phoneAndFar, respondAs, textBody, VirtualAgent, type VirtualPhoneOptions } from '@ringdown/testkit';
import { dialogOfCallee, inDialogRequest } from '../dialog/dialog.ts';

function talking(options: VirtualPhoneOptions & { readonly followsContact?: boolean } = {}) {
  const { followsContact = false, ...phone } = options;
  const scene = phoneAndFar(phone);
  const { a, far, clock } = scene;
  const elsewhere = new VirtualAgent(scene.network, 'elsewhere', '192.0.2.10');
  elsewhere.answer = far.answer;
  a.call(far.address, { followsContact });
  clock.advance(50);
  const invite = far.requests[0];
  assert.ok(invite);
  respondAs(invite, 200, 'one', { body: 'answer', headers: [['Allow', 'INVITE, UPDATE']] });
  clock.advance(50);
  assert.equal(a.session?.phase, 'confirmed');
  const dialog = dialogOfCallee(invite.request, 'one');
  return {
    ...scene,
    elsewhere,
    /** A request of the peer, and the status of its final; a 2xx to INVITE is acknowledged. */
    ask(method: string, headers: readonly (readonly [string, string])[] = [], seq?: number): number {
      if (seq !== undefined) dialog.localSeq = seq - 1;
      const body = method === 'INVITE' ? { body: new TextEncoder().encode('hold') } : {};
      const type = method === 'INVITE' ? [['Content-Type', 'application/sdp'] as const] : [];
      const record = far.send(inDialogRequest(dialog, { method, headers: [...headers, ...type], ...body }), a.target);
      clock.advance(100);
      const status = record.statuses.at(-1) ?? 0;
      if (method === 'INVITE' && status === 200)
        far.layer.sendDirect(inDialogRequest(dialog, { method: 'ACK', headers: [], seq: dialog.localSeq }), a.target);
      clock.advance(100);
      return status;
    },
    hangUp(): void {
      a.session?.end();
      clock.advance(100);
    },
  };
}

const byeOf = (agent: VirtualAgent): SipRequest | undefined =>
  agent.requests.map(({ request }) => request).find(({ method }) => method === 'BYE');

const moved = ['Contact', '<sip:moved@192.0.2.10>'] as const;

for (const method of ['INVITE', 'UPDATE']) {
  test(`RFC 3261 §12.2.2: the Contact of the peer's ${method} is where requests are addressed from then on`, () => {
    const { ask, hangUp, far, elsewhere } = talking();
    assert.equal(ask(method, [moved]), 200);
    hangUp();
    assert.equal(byeOf(far)?.uri, 'sip:moved@192.0.2.10', 'still by the way that the peer is heard from');
    assert.equal(byeOf(elsewhere), undefined);
  });
}

test('requests go to the Contact itself where the session says so', () => {
  const { ask, hangUp, far, elsewhere } = talking({ followsContact: true });
  ask('UPDATE', [moved]);
  hangUp();
  assert.equal(byeOf(far), undefined);
  assert.equal(byeOf(elsewhere)?.uri, 'sip:moved@192.0.2.10');
});

test('INFO does not move the target', () => {
  const { a, ask, hangUp, far } = talking();
  a.onOther = (transaction) => transaction.respond(buildResponse(transaction.request, 200));
  assert.equal(ask('INFO', [moved]), 200);
  hangUp();
  assert.equal(byeOf(far)?.uri, 'sip:one@192.0.2.9');
});

test('RFC 3261 §12.2.1.2: the 2xx to our re-INVITE and UPDATE moves it too, a refusal does not', () => {
  for (const verb of ['reinvite', 'update'] as const) {
    const { a, far, hangUp, clock } = talking();
    far.answer = (transaction) => {
      if (transaction.method === 'BYE') respondAs(transaction, 200, 'one');
      else if (
        far.requests.filter(({ method }) => method === transaction.method).length < (verb === 'reinvite' ? 3 : 2)
      )
        respondAs(transaction, 488, 'one', { headers: [['Contact', '<sip:not@192.0.2.9>']] });
      else respondAs(transaction, 200, 'one', { headers: [moved], body: 'yes' });
    };
    assert.equal(a.session?.[verb](textBody('hold')), true);
    clock.advance(100);
    assert.equal(a.seen.at(-1), 'reoffer-refused 488');
    assert.equal(a.session?.[verb](textBody('hold')), true);
    clock.advance(100);
    assert.equal(far.requests.at(-1)?.request.uri, 'sip:one@192.0.2.9');
    assert.equal(a.seen.at(-1), 'reoffer-accepted yes');
    hangUp();
    assert.equal(byeOf(far)?.uri, 'sip:moved@192.0.2.10');
  }
});

test('RFC 3261 §12.2.2: a lower CSeq is 500, a gap is in order', () => {
  const { ask } = talking();
  assert.equal(ask('OPTIONS', [], 10), 200);
  assert.equal(ask('OPTIONS', [], 9), 500);
  assert.equal(ask('OPTIONS', [], 10), 500);
  assert.equal(ask('OPTIONS', [], 4_000), 200);
  assert.equal(ask('BYE', [], 4_001), 200);
});

test('our CSeq rises by one with each request, the ACK has that of its INVITE', () => {
  const { a, far, clock, hangUp } = talking();
  far.answer = (transaction) => respondAs(transaction, 200, 'one', { body: 'yes' });
  a.session?.reinvite(textBody('hold'));
  clock.advance(100);
  a.session?.request('INFO', {});
  clock.advance(100);
  hangUp();
  const [first = 0, ...rest] = far.requests.map(({ request }) => request.cseq.seq);
  assert.deepEqual(rest, [first + 1, first + 2, first + 3]);
  assert.deepEqual(
    far.acks.map(({ cseq }) => cseq.seq),
    [first, first + 1],
  );
});

test('RFC 3261 §12.2.2: a dialog that is not there is 481; what may be no session of ours goes to the user', () => {
  const { a, far, clock } = phoneAndFar();
  const asked: string[] = [];
  a.onOther = (transaction) => {
    asked.push(transaction.method);
    transaction.respond(buildResponse(transaction.request, 200));
  };
  const statuses = ['INVITE', 'UPDATE', 'INFO', 'BYE', 'PRACK', 'NOTIFY'].map((method) => {
    const request = edit(far.compose(method, 'a')).setHeader('To', '<sip:a@example.com>;tag=gone').done();
    const record = far.send(request, a.target);
    clock.advance(100);
    return record.statuses.at(-1);
  });
  assert.deepEqual(statuses, [481, 481, 481, 481, 481, 200]);
  assert.deepEqual(asked, ['NOTIFY']);
});
