import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createIdSource, createSeededRandom } from '#base/ids';
import { type BindingLogOptions, FileBindingLog } from './binding-log.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-binding-log-'));
after(() => rmSync(root, { recursive: true }));
const tenant = createIdSource({ nowUtcMs: () => 1 }, createSeededRandom(3)).next('tenant');
const setOf = (aor: string) => ({ tenant, aor, bindings: [] });

function scene(more: Partial<BindingLogOptions> = {}) {
  const folder = mkdtempSync(join(root, 'log-'));
  const faults: unknown[] = [];
  const onFault = (error: unknown) => void faults.push(error);
  const open = () => new FileBindingLog({ folder, onFault, ...more });
  const left = () =>
    open()
      .read()
      .map(({ aor }) => aor);
  return { folder, faults, open, left, files: () => readdirSync(folder).sort() };
}

test('the next process reads what was appended, in order, over several processes that were killed', () => {
  const { open, left } = scene();
  open().append([setOf('1'), setOf('ü')]);
  open().append([setOf('3')]);
  assert.deepEqual(left(), ['1', 'ü', '3']);
});

test('a process that has nothing to write leaves no file', () => {
  const { open, files } = scene();
  const log = open();
  log.cut();
  log.forget();
  assert.deepEqual(files(), []);
});

test('forget deletes the parts before the last cut, of earlier processes too', () => {
  const { open, left, files } = scene();
  open().append([setOf('1')]);
  const log = open();
  log.append([setOf('2')]);
  log.cut();
  log.append([setOf('3')]);
  log.forget();
  assert.deepEqual([left(), files()], [['3'], ['bindings-000003.log']]);
  log.cut();
  log.forget();
  assert.deepEqual(files(), []);
  log.append([setOf('4')]);
  assert.deepEqual(left(), ['4']);
});

test('a torn line is passed over, and what follows it is read', () => {
  const { folder, open, left, files } = scene();
  const log = open();
  log.append([setOf('1')]);
  appendFileSync(join(folder, files()[0] ?? ''), '{"tenant":"x","ao');
  const next = open();
  next.append([setOf('2')]);
  assert.deepEqual(left(), ['1', '2']);
});

test('a full disk is told of once, and when there is room again the lines after it can be read', () => {
  let room = 90;
  const write = (fd: number, bytes: Uint8Array, from: number): number => {
    if (room === 0) throw new RangeError('ENOSPC');
    const count = Math.min(room, bytes.length - from);
    room -= count;
    return writeSync(fd, bytes, from, count);
  };
  const { faults, open, left } = scene({ write });
  const log = open();
  for (const aor of ['1', '2', '3']) log.append([setOf(aor)]);
  assert.equal(faults.length, 1);
  room = 1_000;
  log.append([setOf('4')]);
  assert.deepEqual(left(), ['1', '4']);
});

test('it has grown when much was appended since something was forgotten', () => {
  const { open } = scene({ grownBytes: 100 });
  const log = open();
  log.append([setOf('1')]);
  assert.equal(log.isGrown, false);
  log.append([setOf('2'), setOf('3')]);
  assert.equal(log.isGrown, true);
  log.cut();
  log.forget();
  assert.equal(log.isGrown, false);
});
