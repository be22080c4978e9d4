/** TLS over loopback: who is believed. Certificates are made by the openssl program. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { until } from '@ringdown/testkit';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import type { PeerIdentity, SocketAddress } from '../transport/flow.ts';
import { createSipStack } from './sip-stack.ts';
import type { TlsPolicy } from './tls.ts';
import type { TlsServerSettings } from './tls-server-contexts.ts';
import type { WireTap } from './wire-tap.ts';

const LOCAL: SocketAddress = { family: 4, address: '127.0.0.1', port: 0 };
const closers: (() => void)[] = [];
let folder = '';
let authority = '';
let settings: TlsServerSettings;
let renewed: TlsServerSettings;
let uriOnly: TlsServerSettings;
let wildcard: TlsServerSettings;

function openssl(...words: string[]): void {
  execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
}

function issue(name: string, subjectAltName: string): TlsServerSettings {
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${subjectAltName}\n`);
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    '/CN=test',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
  );
  return {
    certificate: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  };
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sip-tls-'));
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
  );
  authority = readFileSync(join(folder, 'ca.pem'), 'utf8');
  settings = issue('server', 'DNS:sip.example.com,IP:127.0.0.1');
  renewed = issue('renewed', 'DNS:other.example.com');
  uriOnly = issue('uri', 'URI:sip:example.org');
  wildcard = issue('wildcard', 'DNS:*.example.net');
});
after(() => {
  for (const close of closers) close();
  rmSync(folder, { recursive: true, force: true });
});

function agent(policy: TlsPolicy = { verify: 'chain' }, tap: Partial<WireTap> = {}) {
  const ignore = () => undefined;
  const stack = createSipStack({
    tap: { received: ignore, sent: ignore, sendFailed: ignore, ...tap },
    user: {
      onRequest: (transaction) => transaction.respond(buildResponse(transaction.request, 200, { toTag: 'x' })),
      onAck: () => {},
      onStrayResponse: () => {},
    },
    onError: (error) => assert.fail(String(error)),
    tlsPolicy: () => policy,
  });
  closers.push(() => stack.close());
  return stack;
}

async function ask(policy: TlsPolicy, remote: SocketAddress, serverName?: string): Promise<string> {
  const alice = agent(policy);
  await alice.transport.listenTls(LOCAL, settings);
  const request = buildRequest({
    method: 'OPTIONS',
    uri: 'sips:b@example.com',
    headers: [
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:b@b>'],
      ['Call-ID', 'c'],
      ['CSeq', '1 OPTIONS'],
    ],
  });
  let outcome = '';
  alice.driver.post(() => {
    alice.transactions.request(
      request,
      { kind: 'tls', remote, ...(serverName === undefined ? {} : { serverName }) },
      {
        onResponse: (response) => {
          outcome = `${response.status} ${response.topVia.transport}`;
        },
        onTimeout: () => {
          outcome = 'timeout';
        },
        onTransportFailure: (failure) => {
          outcome = failure.code;
        },
      },
    );
  });
  await until(() => outcome !== '', 'an answer or a failure');
  alice.close();
  return outcome;
}

test('an outgoing connection verifies chain and name; a pin or an authority per target says otherwise', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTls(LOCAL, settings);
  const fingerprint = new X509Certificate(settings.certificate).fingerprint256;
  const rows: readonly [name: string, policy: TlsPolicy, serverName: string | undefined, outcome: string][] = [
    ['the system does not know this authority', { verify: 'chain' }, 'sip.example.com', 'tls'],
    [
      'the authority is given and the name is right',
      { verify: 'chain', authorities: authority },
      'sip.example.com',
      '200 TLS',
    ],
    ['the name is wrong', { verify: 'chain', authorities: authority }, 'sip.example.net', 'tls'],
    ['no name: the address is in the certificate', { verify: 'chain', authorities: authority }, undefined, '200 TLS'],
    ['the pin is right, whatever the name', { verify: 'pin', sha256: fingerprint }, 'sip.example.net', '200 TLS'],
    [
      'the pin is wrong',
      { verify: 'pin', sha256: createHash('sha256').update('x').digest('hex') },
      'sip.example.com',
      'tls',
    ],
    [
      'our own certificate is broken',
      { verify: 'chain', identity: { certificate: 'broken', key: 'broken' } },
      undefined,
      'tls',
    ],
    ['nothing is verified', { verify: 'none' }, 'sip.example.net', '200 TLS'],
  ];
  for (const [name, policy, serverName, outcome] of rows) {
    assert.equal(await ask(policy, local, serverName), outcome, name);
  }
});

test('a connection that was verified by one rule serves no other: each rule has its own', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTls(LOCAL, settings);
  const fingerprint = new X509Certificate(settings.certificate).fingerprint256;
  const alice = createSipStack({
    user: { onRequest: () => undefined, onAck: () => undefined, onStrayResponse: () => undefined },
    onError: (error) => assert.fail(String(error)),
    tlsPolicy: ({ tlsPolicy }) =>
      tlsPolicy === 'pinned' ? { verify: 'pin', sha256: fingerprint } : { verify: 'chain' },
  });
  closers.push(() => alice.close());
  alice.transport.callOutBy('tls', { ...LOCAL, port: 5061 });
  const askBy = (tlsPolicy: string) =>
    new Promise<string>((resolve) => {
      const headers: [string, string][] = [
        ['From', '<sip:a@a.test>;tag=1'],
        ['To', '<sip:b@b.test>'],
        ['Call-ID', tlsPolicy],
        ['CSeq', '1 OPTIONS'],
        ['Max-Forwards', '70'],
      ];
      const request = buildRequest({ method: 'OPTIONS', uri: 'sip:b@b.test', headers });
      alice.transactions.request(
        request,
        { kind: 'tls', remote: local, tlsPolicy },
        {
          onResponse: (response) => resolve(String(response.status)),
          onTimeout: () => resolve('timeout'),
          onTransportFailure: (failure) => resolve(failure.code),
        },
      );
    });
  assert.equal(await askBy('pinned'), '200');
  assert.equal(await askBy('by the system'), 'tls', 'the open connection is not for this one');
  assert.equal(await askBy('pinned'), '200');
});

test('RFC 5922 §7.2: a sip URI in subjectAltName names the domain', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTls(LOCAL, uriOnly);
  const policy: TlsPolicy = { verify: 'chain', authorities: authority };
  assert.equal(await ask(policy, local, 'example.org'), '200 TLS');
  assert.equal(await ask(policy, local, 'example.com'), 'tls');
});

test('a renewed certificate is shown to new connections', async () => {
  const bob = agent();
  const listener = await bob.transport.listenTls(LOCAL, settings);
  const policy: TlsPolicy = { verify: 'chain', authorities: authority };
  assert.equal(await ask(policy, listener.local, 'other.example.com'), 'tls');
  listener.renew(renewed);
  assert.equal(await ask(policy, listener.local, 'other.example.com'), '200 TLS');
});

test('RFC 5922 §7.2: a wildcard names nobody, unless the policy says that it does', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTls(LOCAL, wildcard);
  const policy = { verify: 'chain', authorities: authority } as const;
  assert.equal(await ask(policy, local, 'sip.example.net'), 'tls');
  assert.equal(await ask({ ...policy, wildcards: true }, local, 'sip.example.net'), '200 TLS');
});

test('RFC 6066 §3: each domain is shown its own certificate, who asks for another name the first; also when they are renewed', async () => {
  const bob = agent();
  const listener = await bob.transport.listenTls(LOCAL, { ...settings, domains: [renewed] });
  const policy: TlsPolicy = { verify: 'chain', authorities: authority };
  assert.equal(await ask(policy, listener.local, 'other.example.com'), '200 TLS');
  assert.equal(await ask(policy, listener.local, 'sip.example.com'), '200 TLS');
  assert.equal(await ask(policy, listener.local, 'sip.example.net'), 'tls');
  listener.renew({ ...settings, domains: [wildcard] });
  assert.equal(await ask({ ...policy, wildcards: true }, listener.local, 'sip.example.net'), '200 TLS');
  assert.equal(await ask(policy, listener.local, 'other.example.com'), 'tls');
  const broken = { ...settings, key: renewed.key };
  assert.throws(() => listener.renew(broken));
  assert.throws(() => listener.renew({ ...settings, domains: [broken] }));
  assert.equal(await ask(policy, listener.local, 'sip.example.com'), '200 TLS', 'what was good stays');
});

test('a client that is asked for its certificate may have none; what it has shown stands on the flow', async () => {
  const bob = agent();
  const peers: (PeerIdentity | undefined)[] = [];
  bob.driver.connect(bob.transport, {
    onBytes: () => undefined,
    onMessage: (message, flow) => {
      peers.push(flow.peer);
      bob.transactions.receive(message, flow);
    },
    onMalformed: () => undefined,
  });
  const { local } = await bob.transport.listenTls(LOCAL, { ...settings, asksClients: true });
  const chain = { verify: 'chain', authorities: authority } as const;
  assert.equal(await ask(chain, local), '200 TLS');
  assert.equal(await ask({ ...chain, identity: renewed }, local), '200 TLS');
  assert.equal(peers[0], undefined);
  assert.equal(peers[1]?.isTrusted, false, 'the system does not know this authority');
  const [own] = peers[1]?.chain ?? [];
  assert.equal(new X509Certificate(own ?? '').subjectAltName, 'DNS:other.example.com');
});

/** Alice has called bob; bob then has something for the place that her Via names. How many connections there are at bob's afterwards. */
async function backTo(serverName: string, identity: TlsServerSettings | undefined): Promise<number> {
  const policy = { verify: 'chain', authorities: authority } as const;
  const alice = agent(identity === undefined ? policy : { ...policy, identity });
  const bob = agent({ ...policy, identity: settings });
  const { local: there } = await alice.transport.listenTls(LOCAL, renewed);
  const { local } = await bob.transport.listenTls(LOCAL, { ...settings, asksClients: true });
  const send = async (from: typeof alice, remote: SocketAddress, name: string): Promise<void> => {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    const headers: [string, string][] = [
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:b@b>'],
      ['Call-ID', `${performance.now()}`],
      ['CSeq', '1 OPTIONS'],
    ];
    const request = buildRequest({ method: 'OPTIONS', uri: 'sip:b@b', headers });
    const target = { kind: 'tls', remote, serverName: name } as const;
    const user = { onResponse: over, onTimeout: over, onTransportFailure: over };
    from.driver.post(() => from.transactions.request(request, target, user));
    await until(() => isOver, 'an outcome');
  };
  await send(alice, local, 'sip.example.com');
  await send(bob, there, serverName);
  return bob.transport.connectionCount;
}

test('RFC 5923 §5: a connection whose maker has shown the wanted certificate, and says alias, is used the other way', async () => {
  assert.equal(await backTo('other.example.com', renewed), 1);
});

test('RFC 5923 §8: one without a certificate, or with that of somebody else, is not', async () => {
  assert.equal(await backTo('other.example.com', undefined), 2);
  assert.equal(await backTo('other.example.com', wildcard), 2);
});

test('TLS 1.1 is refused', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTls(LOCAL, settings);
  const old = connectTls({
    port: local.port,
    host: local.address,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL:@SECLEVEL=0',
    rejectUnauthorized: false,
  });
  const outcome = await new Promise<string>((resolve) => {
    old.once('secureConnect', () => resolve('connected'));
    old.once('error', () => resolve('refused'));
  });
  old.destroy();
  assert.equal(outcome, 'refused');
});

test('mutual TLS: without a certificate of the wanted authority there is no connection', async () => {
  const bob = agent();
  const { local } = await bob.transport.listenTls(LOCAL, { ...settings, clientAuthorities: authority });
  const chain = { verify: 'chain', authorities: authority } as const;
  assert.notEqual(await ask(chain, local), '200 TLS');
  assert.equal(await ask({ ...chain, identity: renewed }, local), '200 TLS');
});

test('a handshake that fails here is told to the tap, with who it was and why', async () => {
  const seen: string[] = [];
  const bob = agent(undefined, {
    handshakeFailed: (remote, local, { code, detail }) =>
      seen.push(`${code} ${remote.address} ${local.port} ${detail}`),
  });
  const { local } = await bob.transport.listenTls(LOCAL, settings);
  const socket = connect(local.port, local.address, () => socket.write('OPTIONS sip:b SIP/2.0\r\n\r\n'));
  socket.on('error', () => undefined);
  closers.push(() => socket.destroy());
  await until(() => seen.length > 0, 'the failure');
  assert.match(
    (seen[0] ?? '').replace(String(local.port), 'PORT'),
    /^tls 127\.0\.0\.1 PORT 127\.0\.0\.1:\d+: http request$/,
  );
});
