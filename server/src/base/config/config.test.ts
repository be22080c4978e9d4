import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from '../errors/index.ts';
import { type ConfigSources, formatConfig, type LoadedConfig, loadConfig } from './index.ts';

function load(text: string | undefined, more: Partial<ConfigSources> = {}): LoadedConfig {
  const defaultFile = { path: 'ringdown.yaml', exists: text !== undefined };
  return loadConfig({ env: {}, flags: [], readFile: () => text ?? '', defaultFile, ...more });
}

function problemsOf(text: string | undefined, more: Partial<ConfigSources> = {}): string {
  let message = '';
  assert.throws(
    () => load(text, more),
    (error: AppError) => {
      message = error.message;
      return error.code === 'config.invalid' && error.fault === 'caller';
    },
  );
  return message;
}

test('with no file, environment or flag everything has a sensible value', () => {
  const { config } = load(undefined);
  assert.equal(config.dataFolder, './data');
  const { udpPort, tcpPort, tlsPort, challenge, domains } = config.sip;
  assert.deepEqual(
    { udpPort, tcpPort, tlsPort, challenge, domains },
    {
      udpPort: 5060,
      tcpPort: 5060,
      tlsPort: 5061,
      challenge: 'md5',
      domains: [],
    },
  );
  assert.deepEqual([config.media.portMin, config.media.portMax], [20_000, 29_999]);
  assert.deepEqual(config.http, { address: '127.0.0.1', port: 8080 });
  assert.ok(config.sip.localNetworks.includes('192.168.0.0/16'));
});

test('flags win over the environment, the environment over the file', () => {
  const { config, origins, file } = load('sip:\n  udpPort: 1\n  tcpPort: 2\n  tlsPort: 3\n', {
    env: { RINGDOWN_SIP_TCP_PORT: '22', RINGDOWN_SIP_TLS_PORT: '33', PATH: '/bin' },
    flags: ['--sip-tls-port', '333', '--log-level=debug'],
  });
  const { udpPort, tcpPort, tlsPort } = config.sip;
  assert.deepEqual([udpPort, tcpPort, tlsPort, config.log.level], [1, 22, 333, 'debug']);
  assert.equal(origins.get('sip.udpPort'), 'ringdown.yaml:2:12');
  assert.equal(origins.get('sip.tcpPort'), 'environment RINGDOWN_SIP_TCP_PORT');
  assert.equal(origins.get('sip.tlsPort'), 'flag --sip-tls-port');
  assert.equal(origins.get('dataFolder'), 'default');
  assert.equal(file, 'ringdown.yaml');
});

test('lists and booleans come from text', () => {
  const env = { RINGDOWN_SIP_DOMAINS: 'a.test, b.test', RINGDOWN_LOG_TRACE_MESSAGES: 'no' };
  const { config } = load(undefined, { env });
  assert.deepEqual(config.sip.domains, ['a.test', 'b.test']);
  assert.equal(config.log.traceMessages, false);
});

const mistakes: readonly [
  title: string,
  yaml: string | undefined,
  more: Partial<ConfigSources>,
  says: readonly RegExp[],
][] = [
  ['a wrong value', 'sip:\n  udpPort: lots\n', {}, [/ringdown\.yaml:2:12: sip\.udpPort: .*number/]],
  ['a value out of range', 'sip: {udpPort: 70000}', {}, [/ringdown\.yaml:1:16: sip\.udpPort: .*65535/]],
  [
    'an unknown key',
    '\nsip:\n  udpport: 5070\n',
    {},
    [/ringdown\.yaml:3:3: sip\.udpport: no such setting; did you mean sip\.udpPort\?/],
  ],
  ['an unknown section', 'spi: {}\n', {}, [/ringdown\.yaml:1:1: spi: no such setting; did you mean sip\?/]],
  ['YAML that is none', 'sip: [\n', {}, [/ringdown\.yaml:\d+:\d+: /]],
  ['a file that is a list', '- a\n', {}, [/ringdown\.yaml: the whole: .*object/]],
  [
    'a wrong list entry',
    'sip:\n  listen: [1.2.3.4, nowhere]\n',
    {},
    [/ringdown\.yaml:2:\d+: sip\.listen\.1: must be an IP address/],
  ],
  [
    'an unknown variable',
    undefined,
    { env: { RINGDOWN_SIP_UDPPORT: '1' } },
    [/environment RINGDOWN_SIP_UDPPORT: no such setting; did you mean RINGDOWN_SIP_UDP_PORT\?/],
  ],
  [
    'a wrong variable',
    undefined,
    { env: { RINGDOWN_HTTP_PORT: 'x' } },
    [/environment RINGDOWN_HTTP_PORT: http\.port: .*number/],
  ],
  [
    'an unknown flag',
    undefined,
    { flags: ['--sip-udp-prot=1'] },
    [/--sip-udp-prot: no such flag; did you mean --sip-udp-port\?/],
  ],
  ['a flag without a value', undefined, { flags: ['--http-port'] }, [/--http-port: needs a value/]],
  ['a wrong flag', undefined, { flags: ['--log-level', 'loud'] }, [/flag --log-level: log\.level: .*"debug"/]],
  [
    'a range upside down',
    'media: {portMin: 30000, portMax: 20000}',
    {},
    [/media\.portMin: must be below media\.portMax/],
  ],
  ['a network without length', 'sip: {localNetworks: [10.0.0.0]}', {}, [/must be a network such as/]],
  [
    'several at once',
    'sip: {udpPort: x}\nlog: {level: loud}\n',
    {},
    [/2 settings are wrong/, /:1:16: sip\.udpPort/, /:2:14: log\.level/],
  ],
];
for (const [title, yaml, more, says] of mistakes) {
  test(`reported with its place: ${title}`, () => {
    const message = problemsOf(yaml, more);
    for (const pattern of says) assert.match(message, pattern);
  });
}

test('a file that was named but cannot be read is an error', () => {
  const readFile = (): string => {
    throw new RangeError('gone');
  };
  assert.throws(() => load(undefined, { flags: ['--config', 'x.yaml'], readFile }), { code: 'config.unreadable' });
});

test('an empty file is the same as none', () => {
  assert.deepEqual(load('').config, load(undefined).config);
});

test('the printed configuration is a configuration file with the same values', () => {
  const loaded = load('sip:\n  domains: [a.test]\n  advertisedAddress: 192.0.2.1\n', { flags: ['--print-config'] });
  assert.equal(loaded.print, true);
  const text = formatConfig(loaded);
  assert.match(text, /^ {2}udpPort: 5060 {2}# default; 0 switches it off$/m);
  assert.match(text, /^ {2}advertisedAddress: 192\.0\.2\.1 {2}# ringdown\.yaml:3:22/m);
  assert.deepEqual(load(text).config, loaded.config);
});
