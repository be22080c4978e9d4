import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { maskSdpSecrets } from '@ringdown/sdp';
import { createTrace, type Trace, type TraceInput, type TraceOptions } from './index.ts';
import { readRecords } from './read-records.ts';
import type { TraceRecord } from './trace-record.ts';
import { callId, flowTo, legA, legB, messageOf, type Sketch, startUtcMs } from './trace-scene.test.ts';

let folder = '';
let faults: unknown[] = [];
let tasks: { ms: number; task: () => void }[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'ringdown-trace-')), 'trace');
  faults = [];
  tasks = [];
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

function open(more: Partial<TraceOptions> = {}): Trace {
  return createTrace({
    folder,
    maskSdp: maskSdpSecrets,
    after: (ms, task) => tasks.push({ ms, task }),
    onFault: (fault) => faults.push(fault),
    ...more,
  });
}

const secretLine = 'Authorization: Digest username="101", response="s3cr3t"';
function input(atMs: number, sketch: Sketch, more: Partial<TraceInput> = {}): TraceInput {
  const at = {
    utcMs: startUtcMs + atMs,
    monotonicMs: atMs,
    flow: flowTo('192.0.2.10', 5062),
    callId: sketch.sipCallId,
  };
  return { direction: 'in', ...at, bytes: messageOf(sketch), ...more };
}

function traceCall(trace: Trace): void {
  trace.bind('one@a', callId, legA);
  trace.message(input(0, { start: 'INVITE 102', sipCallId: 'one@a', headers: [secretLine] }));
  trace.message(
    input(
      1,
      { start: 'INVITE 102', sipCallId: 'two@r' },
      { direction: 'out', flow: flowTo('2001:db8::9', 5061, 'tls') },
    ),
  );
  trace.bind('two@r', callId, legB);
  trace.failed({ ...input(2, { start: 'x', sipCallId: 'two@r' }), code: 'tls', detail: 'expired' });
  trace.message(input(3, { start: 'REGISTER 105', sipCallId: 'reg', from: '105', to: '105' }));
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');
const files = () => readdirSync(folder).sort();
const onDisk = () =>
  files()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
async function recordsOnDisk(): Promise<TraceRecord[]> {
  const found: TraceRecord[] = [];
  for (const name of files()) for await (const one of readRecords(join(folder, name), () => true)) found.push(one);
  return found;
}

test('in memory secrets are masked unless asked for', async () => {
  const trace = open({ folder: null });
  traceCall(trace);
  assert.match(text((await trace.find(callId))?.entries[0]?.bytes), /username="101", response="\*\*\*"/);
  assert.match(text((await trace.find(callId, { secrets: true }))?.entries[0]?.bytes), /response="s3cr3t"/);
  assert.equal(tasks.length, 0);
});

test('the octets are copied, so that a buffer may be used again', async () => {
  const trace = open({ folder: null });
  const one = input(0, { start: 'INVITE 102', sipCallId: 'one@a' });
  trace.message(one);
  one.bytes.fill(0);
  assert.match(text((await trace.find('one@a'))?.entries[0]?.bytes), /^INVITE /);
});

test('nothing is written before the timer; then all at once, masked, readable by the owner only', async () => {
  const trace = open({ flushMs: 100 });
  traceCall(trace);
  assert.deepEqual(
    tasks.map(({ ms }) => ms),
    [100],
  );
  assert.throws(() => files());
  tasks[0]?.task();
  await trace.flush();
  assert.deepEqual(files(), ['trace-000001.bin']);
  assert.equal((await recordsOnDisk()).length, 6);
  assert.doesNotMatch(onDisk(), /s3cr3t/);
  assert.equal(statSync(join(folder, 'trace-000001.bin')).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  await trace.close();
});

test('the next process finds a call on disk by call id, Call-ID or extension, just as it was', async () => {
  const first = open();
  traceCall(first);
  const before = await first.find(callId);
  await first.close();
  const second = open();
  for (const name of [callId, 'one@a', 'two@r', '101', '102']) {
    const found = await second.find(name);
    assert.deepEqual(found?.entries, before?.entries, name);
    assert.deepEqual(found?.legs, before?.legs, name);
  }
  assert.equal((await second.find('105'))?.legs[0]?.sipCallId, 'reg');
  for (const name of ['call_01kdz2j7ry0000000000000009', 'nobody', '10', 's3cr3t', 'bind'])
    assert.equal(await second.find(name), undefined, name);
  await second.close();
});

test('octets that are no UTF-8 come back from disk as they were', async () => {
  const bytes = Uint8Array.of(...Buffer.from('MESSAGE sip:b SIP/2.0\r\n\r\n'), 0, 255, 128, 13, 10);
  const first = open();
  first.message({ ...input(0, { start: 'x', sipCallId: 'bin "quoted" \\' }), bytes });
  await first.close();
  assert.deepEqual((await open().find('bin "quoted" \\'))?.entries[0]?.bytes, bytes);
});

test('what memory had to give up is still found on disk', async () => {
  const trace = open({ limits: { totalMessages: 3 } });
  traceCall(trace);
  for (let n = 0; n < 9; n++) trace.message(input(10 + n, { start: 'OPTIONS 102', sipCallId: `o${n}` }));
  assert.equal((await trace.find(callId))?.entries.length, 3);
  assert.equal(trace.counts().messages, 3);
  await trace.close();
});

test('a call of which memory lost one leg only is read from disk, whole', async () => {
  const trace = open({ limits: { totalMessages: 4 } });
  traceCall(trace);
  trace.message(input(5, { start: 'BYE 102', sipCallId: 'one@a' }));
  for (let n = 0; n < 2; n++) trace.message(input(10 + n, { start: 'OPTIONS 102', sipCallId: `o${n}` }));
  const found = await trace.find('one@a');
  assert.deepEqual(
    found?.entries.map(({ sipCallId }) => sipCallId),
    ['one@a', 'two@r', 'two@r', 'one@a'],
  );
  assert.deepEqual(
    found?.legs.map(({ legId }) => legId),
    [legA, legB],
  );
  const unmasked = await trace.find('one@a', { secrets: true });
  assert.equal(unmasked?.entries.length, 4);
  assert.match(text(unmasked?.entries[0]?.bytes), /response="s3cr3t"/);
  await trace.close();
});

test('files are rotated and the oldest go; a new process goes on behind the last', async () => {
  const limits = { fileBytes: 2000, diskBytes: 8000 };
  for (let run = 0; run < 2; run++) {
    const trace = open(limits);
    for (let n = 0; n < 400; n++)
      trace.message(input(run * 1000 + n, { start: 'OPTIONS 102', sipCallId: `r${run}n${n}` }));
    await trace.close();
    const sizes = files().map((name) => statSync(join(folder, name)).size);
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 8000 + Math.max(...sizes), String(sizes));
    assert.ok(await open(limits).find(`r${run}n399`));
  }
  assert.equal(await open(limits).find('r0n0'), undefined);
  assert.ok(Number(/\d+/.exec(files()[0] ?? '')?.[0]) > 2, files().join());
});

test('a torn record, at whatever octet, does no harm; nor do files of others and of other versions', async () => {
  const first = open();
  traceCall(first);
  await first.close();
  const file = join(folder, 'trace-000001.bin');
  const whole = readFileSync(file);
  const last = whole.subarray(whole.lastIndexOf('reg') - 40);
  writeFileSync(join(folder, 'notes.txt'), 'one@a');
  writeFileSync(join(folder, 'trace-000002.jsonl'), '{"c":"one@a"}\n');
  writeFileSync(join(folder, 'trace-000003.bin'), Buffer.concat([Buffer.from('RDTRACE\x09'), whole.subarray(8)]));
  for (const torn of [1, 4, 39, 40, 60, last.length - 1]) {
    writeFileSync(file, Buffer.concat([whole, last.subarray(0, torn)]));
    assert.equal((await open().find('one@a'))?.entries.length, 3, String(torn));
  }
  writeFileSync(file, whole.subarray(0, whole.length - 1));
  assert.equal((await recordsOnDisk()).length, 5);
  writeFileSync(file, Buffer.concat([whole, Buffer.alloc(100), whole.subarray(8)]));
  assert.equal((await recordsOnDisk()).length, 6);
});

test('files of an earlier version make room as others do', async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'trace-000007.jsonl'), 'x'.repeat(5000));
  const trace = open({ diskBytes: 6000, fileBytes: 1000 });
  for (let n = 0; n < 8; n++) {
    trace.message(input(n, { start: 'OPTIONS 102', sipCallId: `n${n}` }));
    await trace.flush();
  }
  await trace.close();
  assert.equal(files()[0], 'trace-000008.bin');
});

test('a disk that refuses is told of once, loses trace and nothing else, and is used again when it works', async () => {
  writeFileSync(folder, 'a file where the folder should be');
  const trace = open();
  for (let n = 0; n < 3; n++) {
    trace.message(input(n, { start: 'INVITE 102', sipCallId: 'one@a' }));
    await trace.flush();
  }
  assert.equal(faults.length, 1);
  assert.equal(trace.counts().lostOnDisk, 3);
  assert.equal((await trace.find('one@a'))?.entries.length, 3);
  rmSync(folder);
  mkdirSync(folder);
  chmodSync(folder, 0o700);
  trace.message(input(3, { start: 'BYE 102', sipCallId: 'one@a' }));
  await trace.close();
  assert.match(onDisk(), /BYE/);
});

test('a disk that does not keep up is given no more than a bound', async () => {
  const trace = open();
  const one = input(0, { start: 'OPTIONS 102', sipCallId: 'one@a' });
  for (let n = 0; n < 20_100; n++) trace.message(one);
  assert.equal(trace.counts().lostOnDisk, 100);
  await trace.close();
});

test('HEP packets leave behind the call, masked, and a send that fails is reported', async () => {
  const sent: string[] = [];
  const send = (packet: Uint8Array) => {
    sent.push(text(packet));
    if (sent.length === 2) throw new RangeError('no socket');
  };
  const trace = open({ folder: null, after: (_ms, task) => queueMicrotask(task), hep: { agentId: 7, send } });
  traceCall(trace);
  assert.equal(sent.length, 0);
  await trace.flush();
  assert.equal(sent.length, 3);
  assert.match(sent[0] ?? '', /^HEP3[\s\S]*response="\*\*\*"/);
  assert.equal(faults.length, 1);
});

test('a call that goes on in the next process is found with its beginning', async () => {
  const first = open();
  traceCall(first);
  await first.close();
  const second = open();
  second.message(input(60_000, { start: 'BYE 102', sipCallId: 'one@a' }));
  const found = await second.find('one@a');
  assert.equal(found?.callId, callId);
  assert.deepEqual(
    found?.entries.map(({ sipCallId }) => sipCallId),
    ['one@a', 'two@r', 'two@r', 'one@a'],
  );
  await second.close();
});

const names = async (legs: AsyncIterable<{ callId: string | null; sipCallId: string }>) => {
  const all: string[] = [];
  for await (const leg of legs) all.push(leg.callId ?? leg.sipCallId);
  return all;
};

test('an INVITE within a dialog is not taken for the beginning of a call', async () => {
  const first = open();
  traceCall(first);
  await first.close();
  const second = open();
  second.message(input(60_000, { start: 'INVITE 102', sipCallId: 'one@a', to: '102@a.test>;tag=2;x=<sip:x' }));
  assert.equal((await second.find('one@a'))?.entries.length, 4);
  assert.deepEqual(await names(second.invited()), [callId]);
  await second.close();
});

test('the INVITEs of before are told, the latest first and each call once, those of the process before too', async () => {
  const first = open();
  traceCall(first);
  first.message(input(10, { start: 'INVITE 999', sipCallId: 'refused' }));
  await first.close();
  const second = open();
  second.message(input(20, { start: 'INVITE 102', sipCallId: 'new' }));
  second.message(input(21, { start: 'REGISTER 105', sipCallId: 'reg' }));
  assert.deepEqual(await names(second.invited()), ['new', 'refused', callId]);
  await second.close();
});

test('a message that could not be read is kept with what was wrong, and is no failed send', async () => {
  const trace = open({ folder: null });
  const failure = { code: 'malformed-header', detail: 'Malformed To' };
  trace.message(input(0, { start: 'INVITE 102', sipCallId: 'odd' }, { failure }));
  const found = await trace.find('odd');
  assert.deepEqual(found?.entries[0]?.failure, failure);
  assert.match(text(found?.entries[0]?.bytes), /^INVITE/);
});
