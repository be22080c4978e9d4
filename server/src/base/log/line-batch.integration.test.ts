/** What a log still holds when its process exits is in the file. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('the last lines before an exit are written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-log-'));
  const file = join(folder, 'control.log');
  const door = JSON.stringify(new URL('./index.ts', import.meta.url).href);
  const options = `{ level: 'info', process: 'test', file: ${JSON.stringify(file)} }`;
  const steps = "log.info('first'); await log.flush(); log.info('last'); process.exit(0);";
  const program = `const { createLog } = await import(${door}); const log = createLog(${options}); ${steps}`;
  await promisify(execFile)(process.execPath, ['--conditions=ringdown-source', '--input-type=module', '-e', program]);
  const texts = readFileSync(file, 'utf8').trim().split('\n');
  assert.deepEqual(
    texts.map((text) => (JSON.parse(text) as { msg: string }).msg),
    ['first', 'last'],
  );
  rmSync(folder, { recursive: true });
});
