import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime } from '#base/clock';
import { createEventBus, createEventSource } from '#base/events';
import { createIdSource, createSeededRandom, type UserId } from '#base/ids';
import { createSecretBox } from '#base/secrets';
import { configurationChanged, createConfiguration } from '#services/configuration';
import type { StorageBackend } from '#storage/backend';
import { createMemoryStorage } from '#storage/memory';
import { computeHa1 } from './compute-ha1.ts';
import { generatePassword } from './generate-password.ts';
import { createDirectory, directoryKinds } from './index.ts';

const secretKey = { id: 'k1', bytes: new Uint8Array(32).fill(7) };

async function scene(storage: StorageBackend = createMemoryStorage({ kinds: directoryKinds }), seed = 3) {
  const time = createManualTime();
  const random = createSeededRandom(seed);
  const ids = createIdSource(time, random);
  const heard: string[] = [];
  const bus = createEventBus((error) => assert.fail(String(error)));
  bus.onAny((event) => void heard.push(event.type));
  const events = createEventSource(time, ids);
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const secrets = createSecretBox([secretKey], random);
  const directory = createDirectory({ configuration, ids, random, secrets, events });
  await configuration.load();
  return { directory, configuration, storage, heard, bus };
}

async function withTenant() {
  const made = await scene();
  const { tenant } = await made.directory.createTenant('tester', {
    name: 'ours',
    domain: 'a.test',
    ownAddresses: true,
  });
  return { ...made, tenant, actor: { tenant, author: 'tester' } };
}

test('a created user can be called, reached and authenticated at once', async () => {
  const { directory, actor, tenant } = await withTenant();
  const made = await directory.createUser(actor, { extension: '100', displayName: 'Ada' });
  const { views } = directory;
  assert.deepEqual([made.aor, made.username, made.domain], ['100@a.test', '100', 'a.test']);
  assert.deepEqual(views.findNumber(tenant, '100')?.body.destination, { to: 'user', user: made.user });
  assert.deepEqual(views.findAddress('100', 'A.test'), { tenant, user: made.user, aor: '100@a.test' });
  assert.equal(views.ownsAddress(tenant, made.user, '100', 'a.test'), true);
  const { ha1Md5, ha1Sha256, ...credentials } = views.findCredentials('a.test', '100')!;
  const expected = computeHa1('100', 'a.test', made.password!);
  assert.deepEqual([ha1Md5, ha1Sha256], [expected.md5, expected.sha256]);
  const { user, device } = made;
  assert.deepEqual(credentials, { tenant, user, device, username: '100', realm: 'a.test', challenge: 'md5' });
});

test('RFC 7616 §3.9.1: H(A1) of the example', () => {
  const { md5, sha256 } = computeHa1('Mufasa', 'http-auth@example.org', 'Circle of Life');
  assert.equal(md5, '3d78807defe7de2157e2b0b6573a855f');
  assert.equal(sha256, '7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232');
});

test('neither password nor HA1 stands anywhere in the storage, revisions and outbox included', async () => {
  const { directory, actor, tenant, storage } = await withTenant();
  const { password = '', device } = await directory.createUser(actor, { extension: '100' });
  await directory.resetDevicePassword(actor, { device });
  const { md5, sha256 } = computeHa1('100', 'a.test', password);
  const everything = JSON.stringify([
    await storage.configuration.list(tenant, 'device', { limit: 9 }),
    await storage.configuration.list(tenant, 'user', { limit: 9 }),
    await storage.configuration.revisions(tenant, { limit: 9 }),
    await storage.outbox.after(0, 9),
  ]);
  for (const secret of [password, md5, sha256]) assert.ok(secret.length > 10 && !everything.includes(secret));
  const revisions = JSON.stringify(await storage.configuration.revisions(tenant, { limit: 9 }));
  assert.ok(!revisions.includes('s1.k1.'), 'sealed values neither');
});

test('passwords are long, plain to type and different', () => {
  const random = createSeededRandom(1);
  const made = Array.from({ length: 200 }, () => generatePassword(random));
  assert.equal(new Set(made).size, 200);
  for (const password of made) assert.match(password, /^[a-hjkmnp-z2-9]{16}$/);
  assert.equal(new Set(made.join('')).size, 31, 'every letter is used');
});

test('a restart reads everything again: addresses, credentials, numbers', async () => {
  const { directory, actor, tenant, storage } = await withTenant();
  const { password = '', user } = await directory.createUser(actor, { extension: '100' });
  const { views } = (await scene(storage, 99)).directory;
  assert.equal(views.findCredentials('a.test', '100')?.ha1Md5, computeHa1('100', 'a.test', password).md5);
  assert.deepEqual(views.addressesOf(tenant, user), ['100@a.test']);
  assert.equal(views.findNumber(tenant, '100')?.body.kind, 'extension');
});

test('an extension, number, domain or username that is in use is refused with its code', async () => {
  const { directory, actor } = await withTenant();
  const { user } = await directory.createUser(actor, { extension: '100' });
  await directory.addNumber(actor, { digits: '600', destination: { to: 'builtin', builtin: 'echo' } });
  const cases: readonly [string, () => Promise<unknown>, string][] = [
    ['user on a user', () => directory.createUser(actor, { extension: '100' }), 'directory.number-taken'],
    ['user on a number', () => directory.createUser(actor, { extension: '600' }), 'directory.number-taken'],
    [
      'number on a user',
      () => directory.addNumber(actor, { digits: '100', destination: { to: 'user', user } }),
      'directory.number-taken',
    ],
    ['username', () => directory.addDevice(actor, { user, username: '100' }), 'directory.username-taken'],
    ['domain', () => directory.addDomain(actor, { name: 'a.test' }), 'directory.domain-taken'],
    [
      'tenant with a taken domain',
      () => directory.createTenant('tester', { name: 'b', domain: 'a.test' }),
      'directory.domain-taken',
    ],
    ['tenant name', () => directory.createTenant('tester', { name: 'ours', domain: 'b.test' }), 'configuration.taken'],
    [
      'number to nobody',
      () => directory.addNumber(actor, { digits: '700', destination: { to: 'user', user: 'usr_x' as UserId } }),
      'configuration.dangling-reference',
    ],
    ['unknown user', () => directory.deleteUser(actor, 'usr_x' as UserId), 'directory.not-found'],
    ['bad extension', () => directory.createUser(actor, { extension: '1a' }), 'directory.invalid-input'],
    [
      'bad name',
      () => directory.createUser(actor, { extension: '102', displayName: 'a\r\nVia: x' }),
      'directory.invalid-input',
    ],
    [
      'bad digits',
      () => directory.addNumber(actor, { digits: '+0', destination: { to: 'user', user } }),
      'directory.invalid-input',
    ],
  ];
  for (const [title, run, code] of cases) await assert.rejects(run(), { code, fault: 'caller' }, title);
});

test('a public number has one owner in the whole installation', async () => {
  const { directory, actor, tenant } = await withTenant();
  const theirs = await directory.createTenant('tester', { name: 'theirs', domain: 'b.test' });
  const echo = { to: 'builtin', builtin: 'echo' } as const;
  await directory.addNumber(actor, { digits: '+4930123456', destination: echo });
  const other = { tenant: theirs.tenant, author: 'tester' };
  await assert.rejects(directory.addNumber(other, { digits: '+4930123456', destination: echo }), {
    code: 'directory.number-taken',
  });
  assert.equal(directory.views.findExternalNumber('+4930123456')?.tenant, tenant);
  await directory.addNumber(other, { digits: '600', destination: echo });
  assert.equal(directory.views.findNumber(tenant, '600'), undefined, "another tenant's short number is not ours");
});

test('aliases and our own addresses lead to the domain; anything else leads nowhere', async () => {
  const { directory, actor, tenant } = await withTenant();
  const domain = directory.views.findDomain('a.test')!.domain;
  await directory.addDomain(actor, { name: 'alias.test', aliasOf: domain });
  await directory.createUser(actor, { extension: '100' });
  const ref = { tenant, domain, name: 'a.test' };
  assert.deepEqual(directory.views.findDomain('Alias.Test'), ref);
  assert.deepEqual(directory.views.findDomain('192.0.2.1', true), ref);
  assert.equal(directory.views.findDomain('192.0.2.1'), undefined);
  assert.equal(directory.views.findAddress('100', 'alias.test')?.aor, '100@a.test');
  assert.equal(directory.views.findCredentials('alias.test', '100')?.realm, 'a.test');
});

test('a reset makes the old password worthless and keeps the rest; the challenge policy can change with it', async () => {
  const { directory, actor } = await withTenant();
  const { device, password } = await directory.createUser(actor, { extension: '100' });
  const reset = await directory.resetDevicePassword(actor, { device, challenge: 'both' });
  assert.notEqual(reset.password, password);
  const credentials = directory.views.findCredentials('a.test', '100')!;
  assert.equal(credentials.ha1Md5, computeHa1('100', 'a.test', reset.password!).md5);
  assert.deepEqual([credentials.device, credentials.challenge], [device, 'both']);
});

test('a device can be given codecs, another challenge and its own way with provisionals; its password and a reset leave them as they are', async () => {
  const { directory, actor, tenant } = await withTenant();
  const { device, password } = await directory.createUser(actor, { extension: '100' });
  const listed = () => directory.listUsers(tenant)[0]?.devices[0];
  assert.deepEqual([listed()?.codecs, listed()?.challenge], [[], 'md5']);
  assert.equal(listed()?.reliability, 'supported');
  const settings = {
    codecs: ['PCMA', 'PCMU'],
    challenge: 'both',
    reliability: 'off',
    label: 'desk',
    assertedIdentity: true,
    headerRules: [],
  } as const;
  await directory.updateDevice(actor, { device, ...settings });
  const credentials = directory.views.findCredentials('a.test', '100')!;
  assert.equal(credentials.ha1Md5, computeHa1('100', 'a.test', password!).md5);
  await directory.resetDevicePassword(actor, { device });
  assert.deepEqual(listed(), { device, username: '100', ...settings, media: null });
  for (const wrong of [
    { codecs: ['a b'] },
    { challenge: 'none' as never },
    { label: '' },
    { reliability: 'no' as never },
  ])
    await assert.rejects(directory.updateDevice(actor, { device, ...wrong }), { code: 'directory.invalid-input' });
  await assert.rejects(directory.updateDevice({ ...actor, tenant: 'ten_x' as never }, { device }), {
    code: 'directory.not-found',
  });
});

test('deleting a user frees its extension and ends its credentials, in one revision', async () => {
  const { directory, actor, tenant, configuration, storage } = await withTenant();
  const { user } = await directory.createUser(actor, { extension: '100' });
  await directory.addDevice(actor, { user, username: '100-soft' });
  await directory.addNumber(actor, { digits: '+4930123456', destination: { to: 'user', user } });
  await directory.deleteUser(actor, user);
  const { views } = directory;
  const left = [
    views.findCredentials('a.test', '100'),
    views.findCredentials('a.test', '100-soft'),
    views.findAddress('100', 'a.test'),
    views.findExternalNumber('+4930123456'),
  ];
  assert.deepEqual(left, [undefined, undefined, undefined, undefined]);
  assert.deepEqual(directory.listUsers(tenant), []);
  const [revision] = await configuration.revisions(tenant, { limit: 1 });
  assert.equal(revision?.summary, 'user.delete');
  assert.deepEqual(revision.changes.map((change) => change.kind).sort(), [
    'device',
    'device',
    'identity',
    'number',
    'number',
    'user',
  ]);
  const told = (await storage.outbox.after(0, 9)).map(({ event }) => [event.type, event.data]);
  assert.deepEqual(told.at(-1), ['user.deleted', { user, addresses: ['100@a.test'] }]);
  assert.notEqual((await directory.createUser(actor, { extension: '100' })).user, user);
});

test('lists go by extension as a number and carry no secret', async () => {
  const { directory, actor, tenant } = await withTenant();
  for (const extension of ['1000', '99', '101']) await directory.createUser(actor, { extension });
  const users = directory.listUsers(tenant);
  assert.deepEqual(
    users.map((user) => user.extension),
    ['99', '101', '1000'],
  );
  assert.deepEqual(
    users[0]?.devices.map((device) => [device.username, device.challenge]),
    [['99', 'md5']],
  );
  assert.ok(!/ha1/i.test(JSON.stringify(users)));
});

test('the same request with its idempotency key makes one user and shows the password once', async () => {
  const { directory, actor, tenant } = await withTenant();
  const keyed = { ...actor, idempotencyKey: 'req-1' };
  const first = await directory.createUser(keyed, { extension: '100' });
  const second = await directory.createUser(keyed, { extension: '100' });
  assert.deepEqual([second.user, second.device, second.password], [first.user, first.device, undefined]);
  assert.equal(directory.listUsers(tenant).length, 1);
  const reused = directory.createUser(keyed, { extension: '101' });
  await assert.rejects(reused, { code: 'configuration.idempotency-key-reused' });
});

test('a change on an old version is refused; a version later it is made', async () => {
  const { directory, actor, tenant } = await withTenant();
  const { user } = await directory.createUser(actor, { extension: '100' });
  assert.equal(await directory.updateUser(actor, { user, displayName: 'Ada', version: 1 }), 2);
  const late = directory.updateUser(actor, { user, displayName: 'Eve', version: 1 });
  await assert.rejects(late, { code: 'configuration.conflict', retry: 'now' });
  assert.equal(directory.views.user(tenant, user)?.body.displayName, 'Ada');
});

test('each change is told on the bus without bodies; a listener that fails disturbs nothing', async () => {
  const { directory, actor, heard, bus } = await withTenant();
  const seen: string[] = [];
  bus.on(configurationChanged, ({ data }) => void seen.push(`${data.revision} ${data.summary}`));
  await directory.createUser(actor, { extension: '100' });
  assert.deepEqual(seen, ['2 user.create']);
  assert.deepEqual(heard.slice(-2), ['configuration.changed', 'user.created']);
});
