/** A registrar and a stateful proxy in a few lines, on sockets of the loopback interface, and two phones that call through them. */
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns';
import { after, test } from 'node:test';
import type { Uri } from '../message/uri.ts';
import type { PhoneCall } from '../phone/phone-call.ts';
import { createProxy, type StatefulProxy } from '../proxy/proxy.ts';
import type { Proxied } from '../proxy/proxy-port.ts';
import { DnsCache } from '../transport/dns-cache.ts';
import { ServerLocator } from '../transport/locate-server.ts';
import { createPhone } from './create-phone.ts';
import { createNodeDnsResolver } from './dns-resolver.ts';
import { createNodeHasher } from './node-hasher.ts';
import { createNodeRandom } from './node-random.ts';
import { createSipStack } from './sip-stack.ts';

const closers: (() => Promise<void> | void)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

/** Who has registered where, and what came. */
async function serve() {
  const contacts = new Map<string, string>();
  const methods: string[] = [];
  const decide = (proxied: Proxied): void => {
    const { request } = proxied;
    methods.push(request.method);
    if (request.method === 'REGISTER') {
      const contact = request.contacts()[0]?.uriText ?? '';
      contacts.set(userOf(request.to.uri), contact);
      proxied.respond(200, { headers: [['Contact', `<${contact}>;expires=300`]] });
    } else if (request.to.tag !== undefined) proxied.forward();
    else proxied.forward([contacts.get(userOf(request.requestUri)) ?? []].flat().map((uri) => ({ uri })));
  };
  const stack = createSipStack({
    user: {
      onRequest: (transaction) => proxy.onRequest(transaction),
      onAck: (ack, flow) => proxy.onAck(ack, flow),
      onStrayResponse: (response, flow) => proxy.onStrayResponse(response, flow),
    },
    rejectMerged: false,
    onError: (error) => assert.fail(String(error)),
  });
  closers.push(() => stack.close());
  const { driver, transactions, transport } = stack;
  const random = createNodeRandom();
  const cache = new DnsCache(
    createNodeDnsResolver(new Resolver(), (task) => driver.post(task)),
    driver.clock,
  );
  const { port } = (await transport.listenUdp({ family: 4, address: '127.0.0.1', port: 0 })).local;
  const proxy: StatefulProxy = createProxy({
    clock: driver.clock,
    random,
    transactions,
    hasher: createNodeHasher(),
    locator: new ServerLocator({ cache, clock: driver.clock, random }),
    flowTo: (target) => driver.flowTo(target),
    isOwn: (host, at) => host === '127.0.0.1' && at === port,
    handlers: { onRequest: decide },
  });
  return { port, methods };
}

function userOf(uri: Uri): string {
  return uri.kind === 'sip' ? (uri.user ?? '') : '';
}

async function phoneAt(port: number, username: string, onCall?: (call: PhoneCall) => void) {
  const phone = await createPhone({ server: `127.0.0.1:${port}`, username, password: '', onCall });
  closers.push(() => phone.close());
  await phone.register();
  return phone;
}

const body = (text: string) => ({ type: 'text/plain', bytes: new TextEncoder().encode(text) });

test('RFC 3261 §16: two phones register with a proxy and call each other through it', async () => {
  const { port, methods } = await serve();
  const alice = await phoneAt(port, 'alice');
  const rings = Promise.withResolvers<PhoneCall>();
  await phoneAt(port, 'bob', rings.resolve);
  const calling = alice.call('bob', { body: body('hello') });
  const incoming = await rings.promise;
  assert.equal(new TextDecoder().decode(incoming.remoteBody?.bytes), 'hello');
  await incoming.answer(body('answer'));
  const call = await calling;
  assert.equal(new TextDecoder().decode(call.remoteBody?.bytes), 'answer');
  await incoming.hangUp();
  assert.equal((await call.ended).why, 'hung-up');
  assert.deepEqual(methods, ['REGISTER', 'REGISTER', 'INVITE', 'BYE']);
});

test('RFC 3261 §16.7: who is not there is 480', async () => {
  const { port } = await serve();
  const alice = await phoneAt(port, 'alice');
  await assert.rejects(alice.call('nobody', { body: body('hello') }), { code: 'sip_phone_refused' });
});
