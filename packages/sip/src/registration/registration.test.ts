/** A user agent's registration over one or several ways, on the virtual network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNodeHasher } from '@ringdown/sip/node';
import { SeededRandom, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { DigestClient } from '../auth/digest-client.ts';
import { buildResponse } from '../message/build-response.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { FailedTargets } from '../transport/failed-targets.ts';
import { Failover } from '../transport/failover.ts';
import type { Flow, Target } from '../transport/flow.ts';
import { Registration } from './registration.ts';
import type { Registered, RegistrationFailure, RegistrationOptions } from './registration-port.ts';
import { retryWaitMs } from './retry-wait.ts';

const instance = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128';

type Rows = (readonly [string, string])[];

function respond(transaction: ServerTransaction, status: number, headers: Rows = []): void {
  transaction.respond(buildResponse(transaction.request, status, { headers }));
}

/** Takes what is asked for, with the flow where that is asked for. */
function take(transaction: ServerTransaction, more: Rows = [], expiresSec = 600): void {
  const { request } = transaction;
  const isOutbound = request.hasToken('Supported', 'outbound');
  const contact = `${request.headers('Contact')[0]};expires=${request.expires === 0 ? 0 : expiresSec}`;
  const outbound: Rows = isOutbound ? [['Require', 'outbound']] : [];
  respond(transaction, 200, [['Contact', contact], ...outbound, ...more]);
}

function scene(more: Partial<RegistrationOptions> = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 3 });
  const one = new VirtualAgent(network, 'one', '192.0.2.1');
  const two = new VirtualAgent(network, 'two', '192.0.2.2');
  for (const server of [one, two]) server.answer = (transaction) => take(transaction);
  const phone = new VirtualAgent(network, 'phone', '192.0.2.9');
  const registered: Registered[] = [];
  const failures: (RegistrationFailure & { readonly retryMs: number; readonly isOver: boolean })[] = [];
  const kept: string[] = [];
  const random = new SeededRandom(5);
  const to = (target: Target): RegistrationOptions['ways'][number] => ({
    locate: (done) => done({ targets: [target] }),
  });
  const registration = new Registration({
    clock,
    random,
    failover: new Failover({ transactions: phone.layer, clock, failed: new FailedTargets(clock) }),
    flowTo: (target) => phone.host.flowTo(target),
    digest: new DigestClient({
      hasher: createNodeHasher(),
      random,
      account: () => ({ username: 'ada', password: 'secret' }),
    }),
    registrar: 'sip:example.com',
    aor: '<sip:ada@example.com>',
    contact: (flow: Flow) => `sip:ada@192.0.2.9:${flow.local.port};transport=${flow.kind}`,
    ways: [to(one.target()), to(two.target())],
    expiresSec: 600,
    keepAlive: (flow, everyMs) => kept.push(`${flow.kind} ${Math.round(everyMs / 1000)}`),
    ...more,
    user: {
      onRegistered: (what) => registered.push(what),
      onFailed: (failure, next) => failures.push({ ...failure, ...next }),
    },
  });
  const asked = (server: VirtualAgent) => server.requests.map(({ request }) => request);
  return { clock, network, one, two, phone, registration, registered, failures, kept, asked };
}

test('RFC 3261 §10.2.4: refreshed a minute before the end with one Call-ID and the next CSeq, and taken back', () => {
  const { clock, one, registration, registered, asked } = scene();
  registration.start();
  clock.advance(100);
  assert.deepEqual([registered[0]?.expiresSec, registered[0]?.isOutbound], [600, false]);
  clock.advance(539_000);
  assert.equal(one.requests.length, 1);
  clock.advance(2000);
  assert.equal(one.requests.length, 2);
  let isDone = false;
  registration.stop(() => {
    isDone = true;
  });
  clock.advance(100);
  assert.deepEqual([isDone, asked(one).at(-1)?.expires], [true, 0]);
  const [first, ...rest] = asked(one);
  assert.ok(rest.every(({ callId }) => callId === first?.callId));
  assert.deepEqual(
    asked(one).map(({ cseq }) => cseq.seq),
    [1, 2, 3],
  );
  clock.advance(7_200_000);
  assert.equal(one.requests.length, 3);
});

test('a registrar that is silent: the next way at once, and the refreshes stay with that', () => {
  const { clock, one, two, registration, registered, failures } = scene();
  one.answer = () => undefined;
  registration.start();
  clock.advance(33_000);
  assert.deepEqual([registered.length, failures.length, two.requests.length], [1, 0, 1]);
  clock.advance(541_000);
  assert.deepEqual([one.requests.length, two.requests.length], [1, 2]);
});

test('RFC 5626 §4.5: when all ways fail the wait doubles, with chance in it, and Retry-After is kept', () => {
  const { clock, one, two, registration, failures } = scene();
  for (const server of [one, two]) server.answer = (transaction) => respond(transaction, 500);
  registration.start();
  clock.advance(100);
  const [first] = failures;
  assert.ok(first?.isOver && first.retryMs >= 15_000 && first.retryMs < 30_000, String(first?.retryMs));
  assert.deepEqual([one.requests.length, two.requests.length], [1, 1]);
  two.answer = (transaction) => respond(transaction, 503, [['Retry-After', '300']]);
  clock.advance(30_000);
  assert.equal(failures.length, 2);
  assert.ok((failures[1]?.retryMs ?? 0) >= 30_000);
  for (const server of [one, two]) server.answer = (transaction) => take(transaction);
  clock.advance(400_000);
  assert.equal(registration.isRegistered, true);
});

test('a wrong password is not tried elsewhere', () => {
  const { clock, one, two, registration, failures } = scene();
  const digest = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256';
  one.answer = (transaction) => respond(transaction, 401, [['WWW-Authenticate', digest]]);
  registration.start();
  clock.advance(1000);
  assert.deepEqual([one.requests.length, two.requests.length, failures[0]?.why], [2, 0, 'credentials']);
});

test('RFC 7616 §3.3: a nonce that is called stale is answered with the new one', () => {
  const { clock, one, registration, registered } = scene();
  const digest = (nonce: string, more = '') =>
    `Digest realm="r", nonce="${nonce}", qop="auth", algorithm=SHA-256${more}`;
  one.answer = (transaction) => {
    const authorization = transaction.request.header('Authorization') ?? '';
    if (authorization.includes('nonce="new"')) take(transaction);
    else if (authorization === '') respond(transaction, 401, [['WWW-Authenticate', digest('old')]]);
    else respond(transaction, 401, [['WWW-Authenticate', digest('new', ', stale=true')]]);
  };
  registration.start();
  clock.advance(1000);
  assert.deepEqual([one.requests.length, registered.length], [3, 1]);
});

test('RFC 3261 §10.2.8: 423 raises what is asked for, once', () => {
  const { clock, one, registration, failures, asked } = scene({ expiresSec: 60 });
  one.answer = (transaction) => respond(transaction, 423, [['Min-Expires', '900']]);
  registration.start();
  clock.advance(1000);
  assert.deepEqual(
    asked(one).map(({ expires }) => expires),
    [60, 900],
  );
  assert.equal(failures[0]?.status, 423);
});

test('RFC 5626 §4.2: outbound: a flow over each way, with its reg-id, all of one Call-ID', () => {
  const { clock, one, two, registration, registered, asked, kept } = scene({ instance, outbound: true });
  registration.start();
  clock.advance(100);
  assert.equal(registered.length, 2);
  const contacts = [one, two].map((server) => server.requests[0]?.request.contacts()[0]?.params);
  assert.deepEqual(
    contacts.map((params) => [params?.get('reg-id'), params?.get('+sip.instance')]),
    [
      ['1', `<${instance}>`],
      ['2', `<${instance}>`],
    ],
  );
  assert.deepEqual(asked(one)[0]?.headers('Supported'), ['path', 'outbound', 'gruu']);
  assert.equal(asked(one)[0]?.callId, asked(two)[0]?.callId);
  assert.notEqual(asked(one)[0]?.cseq.seq, asked(two)[0]?.cseq.seq);
  for (const every of kept) assert.match(every, /^udp 2[4-9]$/, 'RFC 5626 §4.4.2');
});

test('RFC 5626 §4.4.1: on streams the server says how often to ping', () => {
  const target: Target = { kind: 'tcp', remote: { family: 4, address: '192.0.2.1', port: 5060 } };
  const ways: RegistrationOptions['ways'] = [{ locate: (done) => done({ targets: [target] }) }];
  const { clock, one, registration, kept } = scene({ instance, outbound: true, ways });
  one.answer = (transaction) => take(transaction, [['Flow-Timer', '100']]);
  registration.start();
  clock.advance(100);
  assert.match(kept.join(), /^tcp (?:8\d|9\d|100)$/);
});

test('RFC 5626 §4.5: a flow that is closed is made again after the longer wait while another stands', () => {
  const { clock, registration, registered, failures, two } = scene({ instance, outbound: true });
  registration.start();
  clock.advance(100);
  const [first, second] = registered;
  assert.ok(first && second);
  registration.flowClosed(first.flow, 'gone');
  assert.equal(failures[0]?.isOver, false);
  assert.ok((failures[0]?.retryMs ?? 0) >= 45_000);
  assert.equal(registration.flow?.id, second.flow.id, 'requests go by the other');
  clock.advance(90_000);
  assert.equal(registration.flow?.id, first.flow.id);
  assert.equal(two.requests.length, 1);
});

test('RFC 5626 §4.2.1: 439: without outbound', () => {
  const { clock, one, registration, registered, asked } = scene({ instance, outbound: true });
  one.answer = (transaction) =>
    transaction.request.hasToken('Supported', 'outbound') ? respond(transaction, 439) : take(transaction);
  registration.start();
  clock.advance(100);
  assert.equal(asked(one)[1]?.contacts()[0]?.params.get('reg-id'), undefined);
  assert.ok(registered.some(({ isOutbound }) => !isOutbound));
});

test('RFC 5627 §4.2, RFC 3608 §6.1: GRUUs and service route are told', () => {
  const { clock, one, registration, registered } = scene({ instance });
  one.answer = (transaction) => {
    const contact = transaction.request.headers('Contact')[0] ?? '';
    respond(transaction, 200, [
      [
        'Contact',
        `<sip:other@192.0.2.77>;expires=77,${contact};expires=300;pub-gruu="sip:ada@e.com;gr=x";temp-gruu="sip:t@e.com;gr"`,
      ],
      ['Service-Route', '<sip:p1;lr>, <sip:p2;lr>'],
    ]);
  };
  registration.start();
  clock.advance(100);
  const [{ flow: _flow, ...said } = {}] = registered;
  assert.deepEqual(said, {
    expiresSec: 300,
    serviceRoute: ['<sip:p1;lr>', '<sip:p2;lr>'],
    publicGruu: 'sip:ada@e.com;gr=x',
    temporaryGruu: 'sip:t@e.com;gr',
    isOutbound: false,
  });
});

test('an outbound proxy stands in Route', () => {
  const { clock, one, registration, asked } = scene({
    ways: [
      {
        route: ['<sip:192.0.2.1;lr>'],
        locate: (done) => done({ targets: [{ kind: 'udp', remote: { family: 4, address: '192.0.2.1', port: 5060 } }] }),
      },
    ],
  });
  registration.start();
  clock.advance(100);
  assert.deepEqual([asked(one)[0]?.uri, asked(one)[0]?.headers('Route')], ['sip:example.com', ['<sip:192.0.2.1;lr>']]);
});

test('a way that cannot be found is tried again, like one that does not answer', () => {
  const { clock, registration, failures } = scene({ ways: [{ locate: (done) => done({ detail: 'no such name' }) }] });
  registration.start();
  assert.deepEqual([failures[0]?.why, failures[0]?.detail], ['unreachable', 'no such name']);
  clock.advance(30_000);
  assert.equal(failures.length, 2);
});

test('stopped while it asks: what may have been taken is taken back, and late answers change nothing', () => {
  const { clock, one, registration, registered, asked } = scene();
  registration.start();
  clock.advance(1);
  registration.stop();
  clock.advance(1000);
  assert.deepEqual([registered.length, asked(one).at(-1)?.expires], [0, 0]);
});

test('RFC 5626 §4.5: the waits', () => {
  const waits = (chance: number, hasOtherFlow: boolean) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => retryWaitMs({ failures, hasOtherFlow, chance }) / 1000);
  assert.deepEqual(waits(0, false), [15, 30, 60, 120, 240, 480, 900, 900]);
  assert.deepEqual(waits(1, false), [30, 60, 120, 240, 480, 960, 1800, 1800]);
  assert.deepEqual(waits(1, true), [90, 180, 360, 720, 1440, 1800, 1800, 1800]);
  assert.equal(retryWaitMs({ failures: 1, hasOtherFlow: false, chance: 0, retryAfterSec: 200 }), 200_000);
});

test('started again, it registers anew at once', () => {
  const { clock, one, registration, registered } = scene();
  registration.start();
  clock.advance(100);
  registration.start();
  clock.advance(100);
  assert.deepEqual([one.requests.length, registered.length], [2, 2]);
  clock.advance(541_000);
  assert.equal(one.requests.length, 3, 'one refresh');
});
