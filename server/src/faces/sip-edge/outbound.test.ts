/** RFC 5626 at the server: flows that are registered, and calls that go by one of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '@ringdown/sip';
import { endCause, type LegDestination } from '#engine/calls';
import { bodyOf, dial, edgeAddress, type Peer, type Scene, scene, sdpOf } from './edge-scene.test.ts';

const byTcp: Target = { kind: 'tcp', remote: { family: 4, address: edgeAddress, port: 5060 } };
const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"';

function registerFlow(
  peer: Peer,
  regId: number,
  more: { target?: Target; supported?: string; headers?: [string, string][] } = {},
) {
  const { target, supported = 'path, outbound', headers = [] } = more;
  const kind = target === undefined ? '' : ';transport=tcp';
  const contact = `<sip:${peer.user}@${peer.host.name}${kind};ob>;reg-id=${regId};${instance}`;
  return peer.register(
    [['Contact', contact], ['Supported', supported], ...headers],
    target === undefined ? {} : { target },
  );
}

/** How a call to Ada would go. */
function destinations({ calling, tenant, two, trunkId }: Scene): LegDestination[] {
  const plan = calling.decide({
    tenantId: tenant,
    origin: { kind: 'trunk', trunkId },
    from: { displayName: '', user: 'x', host: '' },
    to: { displayName: '', user: '+4930123', host: '' },
  });
  assert.ok(plan.kind === 'dial', two.username);
  return plan.steps.flatMap(({ targets }) => targets.map(({ destination }) => destination));
}

test('RFC 5626 §6: a flow that is registered is said to be, with a Flow-Timer on streams', async () => {
  const { ada } = await scene();
  const overTcp = registerFlow(ada, 1, { target: byTcp });
  assert.deepEqual([overTcp.status, overTcp.header('Require'), overTcp.header('Flow-Timer')], [200, 'outbound', '120']);
  const overUdp = registerFlow(ada, 2);
  assert.deepEqual(
    [overUdp.status, overUdp.header('Require'), overUdp.header('Flow-Timer')],
    [200, 'outbound', undefined],
  );
  assert.deepEqual(
    overUdp.contacts().map(({ params }) => params.get('reg-id')),
    ['2', '1'],
  );
});

test('RFC 5626 §6: a first hop that does not say ob: 439 for who asks for outbound, else the reg-id counts for nothing', async () => {
  const { ada, registrar, tenant } = await scene();
  const behind: [string, string] = ['Via', 'SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKbehind'];
  assert.equal(registerFlow(ada, 1, { headers: [behind] }).status, 439);
  assert.equal(registerFlow(ada, 1, { headers: [behind, ['Path', '<sip:192.0.2.77;lr>']] }).status, 439);
  assert.equal(registrar.lookup(tenant, '100@a.test').length, 0);
  assert.equal(registerFlow(ada, 1, { headers: [behind], supported: 'path' }).status, 200);
  assert.equal(registrar.lookup(tenant, '100@a.test')[0]?.regId, 0);
  const withOb = registerFlow(ada, 1, { headers: [behind, ['Path', '<sip:192.0.2.77;lr;ob>']] });
  assert.deepEqual([withOb.status, withOb.header('Require')], [200, 'outbound']);
});

test('RFC 5626 §7: two flows of one instance are one device, which rings once', async () => {
  const made = await scene();
  const { ada } = made;
  registerFlow(ada, 1, { target: byTcp });
  registerFlow(ada, 2);
  const [destination, ...others] = destinations(made);
  assert.ok(destination?.kind === 'binding');
  assert.equal(others.length, 0);
  assert.equal(destination.instead?.length, 1);
  let rung = 0;
  ada.onInvited = () => void rung++;
  dial(made, destination);
  made.clock.advance(10_000);
  assert.equal(rung, 1);
});

test('RFC 5626 §7: a flow that is silent is given up for the other flow of the device', async () => {
  const made = await scene();
  const { ada, clock } = made;
  registerFlow(ada, 1, { target: byTcp });
  registerFlow(ada, 2);
  const [destination] = destinations(made);
  assert.ok(destination?.kind === 'binding' && destination.flow !== '');
  const seen: string[] = [];
  const { onMessage } = ada.host;
  ada.host.onMessage = (bytes, flow) => {
    seen.push(flow.kind);
    if (flow.kind === 'tcp') onMessage(bytes, flow);
  };
  dial(made, destination);
  clock.advance(10_000);
  assert.ok(seen.includes('udp'), 'the flow that was registered last comes first');
  assert.ok(made.types().includes('ringing'));
  assert.equal(ada.flow?.kind, 'tcp');
});

test('RFC 5626 §7: 430 of an edge proxy: the other flow; what the phone itself says counts', async () => {
  const made = await scene();
  const edgeProxy = made.peer('192.0.2.77', 'proxy');
  const asked: string[] = [];
  edgeProxy.onInvited = (request) => asked.push(request.headers('Route').join());
  edgeProxy.onCall = (session) => void session.reject(asked.length === 1 ? 430 : 486);
  const way = (token: string) => ({
    contactUri: 'sip:100@100.invalid;ob',
    path: [`<sip:${token}@192.0.2.77;lr;ob>`],
    flow: '',
  });
  dial(made, { kind: 'binding', aor: '100@a.test', ...way('one'), instead: [way('two'), way('three')] });
  made.clock.advance(1000);
  assert.deepEqual(asked, ['<sip:one@192.0.2.77;lr;ob>', '<sip:two@192.0.2.77;lr;ob>']);
  const ended = made.events.find((event) => event.type === 'ended');
  assert.equal(ended?.type === 'ended' ? ended.cause.code : '', 'busy');
});

test('RFC 5626 §5.3: a connection that closes takes its flow away, and the other one is left', async () => {
  const made = await scene();
  const { ada, clock, registrar, tenant } = made;
  registerFlow(ada, 1, { target: byTcp });
  registerFlow(ada, 2);
  for (const connection of ada.host.connections()) ada.host.close(connection.flowOf(ada.host));
  clock.advance(200);
  assert.deepEqual(
    registrar.lookup(tenant, '100@a.test').map(({ regId }) => regId),
    [2],
  );
});

test('RFC 5627 §4.4: a phone that calls with its GRUU as Contact is hung up on by the connection that it has come back over', async () => {
  const made = await scene();
  const { ada, clock, edge } = made;
  registerFlow(ada, 1, { target: byTcp });
  const [destination] = destinations(made);
  assert.ok(destination?.kind === 'binding');
  ada.contact = 'sip:100@a.test;gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128;ob';
  ada.onCall = (session) => void session.accept(bodyOf(sdpOf(4000)));
  const legId = dial(made, destination);
  clock.advance(200);
  assert.ok(made.types().includes('answered'));
  for (const connection of ada.host.connections()) ada.host.close(connection.flowOf(ada.host));
  clock.advance(200);
  registerFlow(ada, 1, { target: byTcp });
  edge.perform({ type: 'end', legId, cause: endCause('normal-clearing') });
  clock.advance(1000);
  assert.deepEqual([ada.end?.why, ada.end?.by], ['hung-up', 'remote']);
});
