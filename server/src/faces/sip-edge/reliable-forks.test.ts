/** A leg whose far side forks (RFC 3261 §12.1.2) and speaks 100rel: each fork is acknowledged, what it said counts when it answers, and its changes are told with its name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, buildResponse, type ServerTransaction, type SipRequest } from '@ringdown/sip';
import { VirtualAgent } from '@ringdown/testkit';
import { type Dial, descriptionOf, dial, edgeAddress, scene, sdpOf, textOf, udpTo } from './edge-scene.test.ts';

const address = '192.0.2.77';

async function forked(more: Partial<Dial> = {}) {
  const made = await scene();
  const far = new VirtualAgent(made.network, 'far', address);
  far.answer = (transaction) => {
    if (transaction.method !== 'INVITE') transaction.respond(buildResponse(transaction.request, 200));
  };
  const contactUri = `sip:x@${address}`;
  const destination = { kind: 'binding', aor: '101@a.test', contactUri, path: [] as string[], flow: '' } as const;
  const legId = dial(made, destination, more);
  const invite = far.requests[0] ?? assert.fail();
  const say = (status: number, tag: string, rseq: number | null, port: number | null): void => {
    invite.respond(
      buildResponse(invite.request, status, {
        toTag: tag,
        headers: [
          ['Contact', `<sip:${tag}@${address}>`],
          ['Allow', 'INVITE, UPDATE'],
          ...(rseq === null
            ? []
            : ([
                ['Require', '100rel'],
                ['RSeq', String(rseq)],
              ] as const)),
          ...(port === null ? [] : ([['Content-Type', 'application/sdp']] as const)),
        ],
        body: port === null ? '' : sdpOf(port, address),
      }),
    );
    made.clock.advance(50);
  };
  const pracks = () => far.requests.filter(({ method }) => method === 'PRACK').map(({ request }) => request.to.tag);
  return { ...made, far, invite, legId, say, pracks };
}

/** A request of a fork in its dialog. */
function ofFork(invite: ServerTransaction, tag: string, body: string): SipRequest {
  const { request } = invite;
  return buildRequest({
    method: 'UPDATE',
    uri: request.contacts()[0]?.uriText ?? '',
    headers: [
      ['Max-Forwards', '70'],
      ['From', `${request.header('To')};tag=${tag}`],
      ['To', request.header('From') ?? ''],
      ['Call-ID', request.callId],
      ['CSeq', '1 UPDATE'],
      ['Contact', `<sip:${tag}@${address}>`],
      ['Content-Type', 'application/sdp'],
    ],
    body,
  });
}

test('RFC 3262 §4: each fork is acknowledged and told by its name; the one that answers stands on what it had said', async () => {
  const { say, pracks, events, clock, far } = await forked();
  say(183, 'one', 1, 5001);
  say(183, 'two', 9, 5002);
  say(180, 'one', 2, null);
  assert.deepEqual(pracks(), ['one', 'two', 'one']);
  say(200, 'two', null, null);
  clock.advance(100);
  const told = events.map((event) =>
    'source' in event && 'description' in event
      ? `${event.type} ${event.source} ${event.description?.media[0]?.port ?? ''}`.trim()
      : event.type,
  );
  assert.deepEqual(told, ['ringing one 5001', 'ringing two 5002', 'ringing one', 'answered two 5002']);
  assert.equal(far.acks.length, 1);
});

test('RFC 3311 §5.2: an UPDATE before the answer comes up with the name of its fork, and is answered in its dialog', async () => {
  const { say, events, edge, legId, clock, far, invite } = await forked();
  say(183, 'one', 1, 5001);
  say(183, 'two', 1, 5002);
  const record = far.send(ofFork(invite, 'two', sdpOf(5012, address)), udpTo(edgeAddress));
  clock.advance(50);
  const asked = events.at(-1);
  assert.ok(asked?.type === 'reoffered');
  assert.deepEqual([asked.source, asked.description?.media[0]?.port], ['two', 5012]);
  edge.perform({ type: 'accept-reoffer', legId, description: descriptionOf(sdpOf(20_000, edgeAddress)) });
  clock.advance(50);
  assert.equal(record.statuses.at(-1), 200);
  assert.equal(descriptionOf(textOf(record.responses.at(-1) ?? assert.fail())).media[0]?.port, 20_000);
  say(200, 'two', null, null);
  const answered = events.at(-1);
  assert.ok(answered?.type === 'answered');
  assert.equal(answered.description?.media[0]?.port, 5012);
});

test('a leg that is asked for its offer is called without 100rel, so that none comes before the answer', async () => {
  const { invite } = await forked({ offer: null });
  assert.deepEqual([invite.request.bodySizeBytes, invite.request.hasToken('Supported', '100rel')], [0, false]);
});

test('the forks that lost are let go: a late 2xx of one is acknowledged and ended, whatever PRACKs it had', async () => {
  const { say, clock, far } = await forked();
  say(183, 'one', 1, 5001);
  say(183, 'two', 1, 5002);
  say(200, 'one', null, null);
  say(200, 'two', null, null);
  clock.advance(500);
  const bye = far.requests.find(({ method }) => method === 'BYE')?.request;
  const prack = far.requests.find(({ method, request }) => method === 'PRACK' && request.to.tag === 'two')?.request;
  assert.equal(bye?.to.tag, 'two');
  assert.ok((bye?.cseq.seq ?? 0) > (prack?.cseq.seq ?? Number.POSITIVE_INFINITY));
});
