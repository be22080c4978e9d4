/** Driver, transport and transaction layer of one thread, joined. */
import { Buffer } from 'node:buffer';
import { formatMessage } from '../message/format-message.ts';
import type { SipRequest } from '../message/request.ts';
import { TransactionLayer, type TransactionLayerOptions } from '../transaction/transaction-layer.ts';
import { ConnectionRacer } from '../transport/connection-race.ts';
import { nativeBytesToString, nativeStringIntoBytes } from './native-text.ts';
import { createNodeRandom } from './node-random.ts';
import { NodeTransport, type NodeTransportOptions } from './node-transport.ts';
import { type DriverReceiver, SipDriver, type SipDriverOptions } from './sip-driver.ts';
import { guardTap } from './wire-tap.ts';

export interface SipStackOptions
  extends SipDriverOptions,
    Omit<NodeTransportOptions, 'clock' | 'events'>,
    Omit<TransactionLayerOptions, 'clock' | 'transport' | 'random'> {
  readonly random?: TransactionLayerOptions['random'];
  readonly onFlowOpened?: NonNullable<DriverReceiver['onFlowOpened']>;
  readonly onFlowClosed?: NonNullable<DriverReceiver['onFlowClosed']>;
}

export interface SipStack {
  readonly driver: SipDriver;
  readonly transport: NodeTransport;
  readonly transactions: TransactionLayer;
  /** For {@link FailoverOptions.racer}. */
  readonly racer: ConnectionRacer;
  close(): void;
}

/** Listeners are opened on `transport` afterwards. */
export function createSipStack(options: SipStackOptions): SipStack {
  const tap = options.tap === undefined ? undefined : guardTap(options.tap, options.onError);
  const driver = new SipDriver(tap === undefined ? options : { ...options, tap });
  const events = { clock: driver.liveClock, events: driver };
  const transport = new NodeTransport({ ...options, ...events, ...(tap === undefined ? {} : { tap }) });
  const transactions = new TransactionLayer({
    decode: nativeBytesToString,
    write: nativeStringIntoBytes,
    allocate: Buffer.allocUnsafe,
    ...options,
    random: options.random ?? createNodeRandom(),
    clock: driver.clock,
    ...(options.overload === undefined ? {} : { admission: options.overload }),
    transport: driver,
    onReceived: (message, flow, bytes) => {
      // Out of a stream, a parsed message comes out byte for byte.
      tap?.received(bytes ?? formatMessage(message, nativeStringIntoBytes), flow, null);
      options.onReceived?.(message, flow, bytes);
    },
    onMalformed: (failure, flow, bytes) => {
      tap?.received(bytes, flow, failure);
      transport.malformed(flow);
      options.onMalformed?.(failure, flow, bytes);
    },
  });
  const racer = new ConnectionRacer({
    clock: driver.clock,
    flowTo: (target) => driver.flowTo(target),
    abandon: (flow) => transport.abandonFlow(flow),
  });
  driver.connect(transport, {
    onBytes: (bytes, flow) => transactions.receiveBytes(bytes, flow),
    onMessage: (message, flow) => {
      if (message.kind === 'request') transport.heard(message as SipRequest, flow);
      transactions.receive(message, flow);
    },
    onMalformed: (failure, flow, bytes) => transactions.refuse(failure, flow, bytes),
    onFlowOpened: (flow) => {
      racer.onFlowOpened(flow);
      options.onFlowOpened?.(flow);
    },
    onFlowClosed: (flow, failure) => {
      racer.onFlowClosed(flow);
      transactions.flowClosed(flow, failure);
      options.onFlowClosed?.(flow, failure);
    },
  });
  const close = () => {
    transport.close();
    driver.close();
  };
  return { driver, transport, transactions, racer, close };
}
