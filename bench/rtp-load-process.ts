/**
 * The process of an RTP load generator: passes orders and answers on between its parent and the thread that works. A process of its own, since sockets of
 * io_uring are free again only when the process that mapped its ring has ended.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { LoadAnswer, LoadOrder, RtpLoadInput } from './rtp-load.ts';

const [lines, firstPort] = process.argv.slice(2).map(Number) as [number, number];
const { port1, port2 } = new MessageChannel();
const workerData: RtpLoadInput = { lines, firstPort, port: port1 };
const worker = new Worker(new URL('./rtp-load-worker.ts', import.meta.url), { workerData, transferList: [port1] });
worker.once('error', (error) => {
  console.error(error);
  process.exit(1);
});
port2.on('message', (answer: LoadAnswer) => process.send?.(answer));
process.on('message', (order: LoadOrder) => port2.postMessage(order));
process.once('disconnect', () => process.exit());
