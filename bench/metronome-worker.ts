/** Writes to a descriptor every millisecond, so that a thread that sleeps in its packet I/O wakes up and sends what is due. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { descriptor } = workerData as { readonly descriptor: number };
const one = new Uint8Array(new BigUint64Array([1n]).buffer);
const cell = new Int32Array(new SharedArrayBuffer(4));

for (;;) {
  Atomics.wait(cell, 0, 0, 1);
  writeSync(descriptor, one);
}
