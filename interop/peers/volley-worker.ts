/** One volley in a thread of its own: what it costs to make it is not to be heard by the phones of the case. */
import { parentPort, workerData } from 'node:worker_threads';
import { throwVolley, type VolleyTarget } from './volley.ts';

const { target, seed } = workerData as { readonly target: VolleyTarget; readonly seed: number };
parentPort?.postMessage(await throwVolley(target, seed));
