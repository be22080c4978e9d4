import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from './engine-arguments.ts';

test('flags win over the environment, the environment over defaults', () => {
  const environment = {
    RINGDOWN_MEDIA_SOCKET: '/run/env.sock',
    RINGDOWN_MEDIA_THREADS: '3',
    RINGDOWN_MEDIA_BIND: '10.0.0.1,10.0.0.2',
  };
  const parsed = parseArguments(
    ['--socket', '/run/flag.sock', '--port-min', '20000', '--port-max', '20100'],
    environment,
  );
  assert.ok(parsed.ok === true);
  const { socketPath, threads, addresses, portMin, portMax, logFile } = parsed.arguments;
  assert.deepEqual(
    [socketPath, threads, addresses, portMin, portMax, logFile],
    ['/run/flag.sock', 3, ['10.0.0.1', '10.0.0.2'], 20_000, 20_100, null],
  );
  const bound = parseArguments(['--socket', 's', '--bind', '::1', '--bind', '127.0.0.1'], environment);
  assert.ok(bound.ok === true);
  assert.deepEqual(bound.arguments.addresses, ['::1', '127.0.0.1']);
});

for (const [args, problem] of [
  [[], /--socket is required/],
  [['--socket', 's', '--threads', '0'], /--threads must be an integer from 1 to 32/],
  [['--socket', 's', '--threads', 'two'], /--threads/],
  [['--socket', 's', '--port-min', '30000', '--port-max', '30000'], /--port-max must be above/],
  [['--socket', 's', '--colour', 'red'], /colour/],
] as const) {
  test(`refused: ${args.join(' ') || 'nothing'}`, () => {
    const parsed = parseArguments(args, {});
    assert.ok(parsed.ok === false);
    assert.match(parsed.problem, problem);
  });
}

test('--help wins', () => assert.equal(parseArguments(['--help'], {}).ok, 'help'));
