/** Driver, transport and transaction layer of one thread, joined. */
import { TransactionLayer, type TransactionLayerOptions } from '../transaction/transaction-layer.ts';
import { nativeBytesToString, nativeStringIntoBytes } from './native-text.ts';
import { createNodeRandom } from './node-random.ts';
import { NodeTransport, type NodeTransportOptions } from './node-transport.ts';
import { type DriverReceiver, SipDriver, type SipDriverOptions } from './sip-driver.ts';

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
  close(): void;
}

/** Listeners are opened on `transport` afterwards. */
export function createSipStack(options: SipStackOptions): SipStack {
  const driver = new SipDriver(options);
  const transport = new NodeTransport({ ...options, clock: driver.liveClock, events: driver });
  const transactions = new TransactionLayer({
    decode: nativeBytesToString,
    write: nativeStringIntoBytes,
    ...options,
    random: options.random ?? createNodeRandom(),
    clock: driver.clock,
    transport: driver,
  });
  driver.connect(transport, {
    onBytes: (bytes, flow) => transactions.receiveBytes(bytes, flow),
    onMessage: (message, flow) => transactions.receive(message, flow),
    onMalformed: (failure, flow) => transactions.refuse(failure, flow),
    onFlowOpened: (flow) => options.onFlowOpened?.(flow),
    onFlowClosed: (flow, failure) => {
      transactions.flowClosed(flow, failure);
      options.onFlowClosed?.(flow, failure);
    },
  });
  const close = () => {
    transport.close();
    driver.close();
  };
  return { driver, transport, transactions, close };
}
