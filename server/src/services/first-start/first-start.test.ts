import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime } from '#base/clock';
import { createEventBus, createEventSource } from '#base/events';
import { createIdSource, createSeededRandom } from '#base/ids';
import { createSecretBox } from '#base/secrets';
import { createConfiguration } from '#services/configuration';
import { createDirectory, directoryKinds } from '#services/directory';
import { createMemoryStorage } from '#storage/memory';
import { chooseServerAddress, type FirstStart, formatFirstStart, runFirstStart } from './index.ts';

let seed = 0;
async function boot(storage = createMemoryStorage({ kinds: directoryKinds })) {
  const time = createManualTime();
  const random = createSeededRandom(++seed);
  const ids = createIdSource(time, random);
  const bus = createEventBus((error) => assert.fail(String(error)));
  const events = createEventSource(time, ids);
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const secrets = createSecretBox([{ id: 'k1', bytes: new Uint8Array(32) }], random);
  const directory = createDirectory({ configuration, ids, random, secrets, events });
  await configuration.load();
  return { directory, storage };
}
const start = async (directory: Parameters<typeof runFirstStart>[0]['directory'], more = {}) =>
  (await runFirstStart({ directory, challenge: 'md5', ...more })) as FirstStart;

test('a fresh installation gets two users that can log in and the built-in numbers', async () => {
  const { directory } = await boot();
  const first = await start(directory);
  assert.deepEqual(
    [first.made, first.domain, first.users.map((user) => user.extension)],
    [true, 'ringdown.internal', ['100', '101']],
  );
  const { views } = directory;
  for (const { username, password } of first.users) {
    assert.equal(password?.length, 16);
    assert.equal(views.findCredentials('ringdown.internal', username)?.challenge, 'md5');
  }
  assert.notEqual(first.users[0]?.password, first.users[1]?.password);
  const destinations = ['600', '*43', '601', '602', '603'].map(
    (digits) => views.findNumber(first.tenant, digits)?.body.destination,
  );
  const builtins = destinations.map((destination) => (destination?.to === 'builtin' ? destination.builtin : undefined));
  assert.deepEqual(builtins, ['echo', 'echo', 'tone', 'music', 'clock']);
  assert.equal(views.findDomain('192.0.2.1', true)?.name, 'ringdown.internal');
});

test('a second start makes nothing and shows no password, whatever the settings are by then', async () => {
  const { directory, storage } = await boot();
  const first = await start(directory);
  const before = await storage.configuration.revisions(first.tenant, { limit: 99 });
  const again = await boot(storage);
  const second = await start(again.directory, { challenge: 'both', domain: 'new.test' });
  assert.deepEqual([second.made, second.tenant, second.domain], [false, first.tenant, 'ringdown.internal']);
  assert.ok(second.users.every((user) => user.password === undefined));
  assert.deepEqual(await storage.configuration.revisions(first.tenant, { limit: 99 }), before);
});

test('a start that was cut short goes on where it stopped', async () => {
  const { directory, storage } = await boot();
  await directory.createTenant('first-start', { name: 'default', domain: 'ringdown.internal', ownAddresses: true });
  const resumed = await start((await boot(storage)).directory);
  assert.equal(resumed.made, true);
  assert.deepEqual(
    resumed.users.map((user) => user.password?.length),
    [16, 16],
  );
  assert.equal(resumed.numbers.length, 4);
});

test('what the operator deleted or gave away stays so', async () => {
  const { directory, storage } = await boot();
  const first = await start(directory);
  const actor = { tenant: first.tenant, author: 'cli' };
  const user = directory.views.findUser(first.tenant, '101');
  await directory.deleteUser(actor, user?.id as never);
  await directory.removeNumber(actor, '600');
  await directory.createUser(actor, { extension: '600' });
  const second = await start((await boot(storage)).directory);
  assert.deepEqual([second.made, second.users.map(({ extension }) => extension)], [false, ['100']]);
  assert.deepEqual(second.numbers.find(({ builtin }) => builtin === 'echo')?.digits, ['*43']);
});

test('an installation that was set up in another way is left alone', async () => {
  const { directory } = await boot();
  await directory.createTenant('cli', { name: 'acme', domain: 'acme.test' });
  assert.equal(await runFirstStart({ directory, challenge: 'md5' }), undefined);
});

const places = {
  server: '192.0.2.10',
  udpPort: 5060,
  tcpPort: 5060,
  tlsPort: 5061,
  consoleUrl: 'http://127.0.0.1:8080/',
  dataFolder: './data',
  caFile: './data/tls/ca.pem',
};

test('the text says what to type, what to call and where the console will be', async () => {
  const first = await start((await boot()).directory);
  const text = formatFirstStart(first, places);
  const wanted = [
    'User      100',
    `Password  ${first.users[0]?.password}`,
    'Domain    192.0.2.10',
    'sip:101@192.0.2.10',
    'UDP port 5060, or TCP port 5060, or TLS port 5061',
    '600 or *43  echo',
    'http://127.0.0.1:8080/',
    './data/tls/ca.pem',
  ];
  for (const part of wanted) assert.ok(text.includes(part), `${part} is not in\n${text}`);
  const named = formatFirstStart({ ...first, domain: 'pbx.test' }, { ...places, server: '2001:db8::1', tlsPort: 0 });
  assert.match(named, /Domain {4}pbx\.test\n {4}Server {4}\[2001:db8::1\]/);
  assert.ok(!named.includes('TLS'));
});

test('a password that was shown before is not, and the way to a new one is', async () => {
  const { directory } = await boot();
  await start(directory);
  assert.match(
    formatFirstStart(await start(directory), places),
    /shown before; for a new one: ringdown user reset 100/,
  );
});

test('the address for phones', () => {
  const lo = { address: '127.0.0.1', family: 4, internal: true } as const;
  const v6 = { address: '2001:db8::5', family: 6, internal: false } as const;
  const v4 = { address: '192.168.1.10', family: 4, internal: false } as const;
  const link = { address: 'fe80::1', family: 6, internal: false } as const;
  const any = ['0.0.0.0'];
  assert.equal(chooseServerAddress({ listen: any, interfaces: [lo, v6, v4] }), '192.168.1.10');
  assert.equal(chooseServerAddress({ listen: any, interfaces: [lo, link, v6] }), '2001:db8::5');
  assert.equal(chooseServerAddress({ listen: any, interfaces: [lo, link] }), '127.0.0.1');
  assert.equal(chooseServerAddress({ listen: ['127.0.0.2'], interfaces: [lo, v4] }), '127.0.0.2');
  assert.equal(chooseServerAddress({ advertised: '203.0.113.1', listen: any, interfaces: [v4] }), '203.0.113.1');
});
