/**
 * The published form: all tarballs together in an empty folder far from the workspaces, on the Node of this repository and on Node 24. There the
 * server starts, and the program of README.md registers, calls the echo number and hears itself.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Ports } from '../interop/peers/ports.ts';
import { root } from './find-files.ts';

const run = promisify(execFile);
/** The oldest line that is promised (`engines` of the packages), pinned. */
const oldNode = `node-${process.platform}-${process.arch}@24.9.0`;
const published = ['packages/sip', 'packages/sdp', 'packages/rtc', 'packages/media', 'server'];

/** Below the ephemeral ones, which the suites that run beside this one are given. */
const ports = new Ports();
after(() => ports.release());

const workshop = mkdtempSync(join(tmpdir(), 'ringdown-packed-'));
after(() => rmSync(workshop, { recursive: true, force: true }));

// npm hands its own settings to what it runs; an installation elsewhere must not see them, nor what our test runner sets.
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(?!config_(registry|userconfig|cache)$)|RINGDOWN_)/.test(name) &&
      name !== 'NODE_OPTIONS' &&
      name !== 'NODE_ENV',
  ),
);

async function install(): Promise<string> {
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], { cwd: root });
  const tarballs = join(workshop, 'tarballs');
  mkdirSync(tarballs);
  for (const folder of published)
    await run('npm', ['pack', '--silent', '--pack-destination', tarballs], { cwd: join(root, folder), env });
  const place = join(workshop, 'place');
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }\n');
  copyFileSync(join(root, 'examples/echo-round-trip.ts'), join(place, 'echo-round-trip.js'));
  const files = readdirSync(tarballs).map((name) => join(tarballs, name));
  assert.equal(files.length, published.length);
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...files, oldNode], { cwd: place, env });
  return place;
}

const installed = install();

/** Resolves with all that was printed once `wanted` is in it; rejects when the process ends before. */
function untilPrinted(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      if (wanted.test(text)) resolve(text);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('exit', (code) => reject(new assert.AssertionError({ message: `ended with ${code}:\n${text}` })));
  });
}

async function callTheEcho(place: string, node: string, name: string): Promise<void> {
  const port = await ports.take('sip');
  const flags = {
    '--data-folder': join(workshop, name),
    '--sip-listen': '127.0.0.1',
    '--sip-udp-port': String(port),
    '--sip-tcp-port': String(port),
    '--sip-tls-port': '0',
    '--http-port': '0',
    '--media-io': 'dgram',
  };
  const bin = join(place, 'node_modules/ringdown/bin/ringdown.js');
  const server = spawn(node, [bin, 'start', ...Object.entries(flags).flat()], { cwd: place, env });
  try {
    const banner = await untilPrinted(server, /603 +speaking clock/);
    const [, password = ''] = /Password +(\S+)/.exec(banner) ?? [];
    const example = [join(place, 'echo-round-trip.js'), `127.0.0.1:${port}`, '100', password];
    const { stdout } = await run(node, example, { cwd: place, env, timeout: 20_000 });
    const [, ms] = /^round trip (\d+\.\d) ms$/m.exec(stdout) ?? [];
    assert.ok(Number(ms) > 0 && Number(ms) < 500, stdout);
    const { stdout: status } = await run(node, [bin, 'status', '--json', '--data-dir', flags['--data-folder']], {
      cwd: place,
      env,
    });
    assert.equal(JSON.parse(status).media[0].ioKind, 'dgram');
    const ended = new Promise((resolve) => {
      server.once('exit', resolve);
    });
    server.kill('SIGTERM');
    assert.equal(await ended, 0);
  } finally {
    server.kill('SIGKILL');
  }
}

test('the tarballs start, register and carry a call with sound on the Node of this repository', async () => {
  await callTheEcho(await installed, process.execPath, 'now');
});

test('the same on Node 24', async () => {
  const place = await installed;
  const node = join(place, 'node_modules', oldNode.slice(0, oldNode.lastIndexOf('@')), 'bin/node');
  const { stdout } = await run(node, ['--version']);
  assert.match(stdout, /^v24\./);
  await callTheEcho(place, node, 'old');
});

test('an older Node is told which one is needed', async () => {
  const place = await installed;
  const bin = join(place, 'node_modules/ringdown/bin/ringdown.js');
  // What the program looks at is the version, so a version that it takes for Node 20 shows what it says there.
  const older = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' });`;
  const child = run(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(older)}`, bin, '--version'],
    { env },
  );
  await assert.rejects(child, { code: 1, stderr: /Ringdown needs Node 24 or newer/ });
});
