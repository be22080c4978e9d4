/** A {@link Phone} over a WebSocket: registers, calls and is called by the connection that it made (RFC 7118). Runs in a browser, and in Node. */
import { Phone, type PhoneSettings } from '../phone/phone.ts';
import { TransactionLayer } from '../transaction/transaction-layer.ts';
import { createBrowserHasher, createBrowserRandom } from './browser-basics.ts';
import { BrowserDriver } from './browser-driver.ts';
import { WebSocketTransport, type WebSocketTransportOptions } from './web-socket-transport.ts';

export interface WebPhoneOptions
  extends Omit<PhoneSettings, 'domain'>,
    Partial<Pick<WebSocketTransportOptions, 'open' | 'pingEveryMs' | 'answerWithinMs'>> {
  /** `wss://pbx.example.com:7443/`. */
  readonly url: string;
  /** Default: the host of `url`. */
  readonly domain?: string;
  /** The connection stands, or is lost. */
  readonly onConnection?: (isOpen: boolean, detail: string) => void;
  /** A defect in here; default: thrown where nobody catches it, so that it is seen. */
  readonly onError?: (error: unknown) => void;
}

/** A phone with its connection. */
export interface WebPhone extends Phone {
  /** Hangs up, unregisters and closes the connection. */
  close(): Promise<void>;
}

export function createWebPhone(options: WebPhoneOptions): WebPhone {
  const onError = options.onError ?? ((error: unknown) => queueMicrotask(() => Promise.reject(error)));
  const driver = new BrowserDriver(onError);
  const random = createBrowserRandom();
  const transport = new WebSocketTransport({
    ...options,
    clock: driver,
    random,
    post: (task) => driver.post(task),
    onBytes: (bytes, flow) => transactions.receiveBytes(bytes, flow),
    onFlowOpened: () => options.onConnection?.(true, ''),
    onFlowClosed: (flow, failure) => {
      transactions.flowClosed(flow, failure);
      phone.flowClosed(flow, failure.detail);
      options.onConnection?.(false, failure.detail);
    },
  });
  driver.connect(transport);
  const transactions: TransactionLayer = new TransactionLayer({
    clock: driver,
    random,
    transport: driver,
    user: {
      onRequest: (transaction) => phone.agent.onRequest(transaction),
      onAck: (ack, flow) => phone.agent.onAck(ack, flow),
      onStrayResponse: (response, flow) => phone.agent.onStrayResponse(response, flow),
    },
  });
  const phone: Phone = new Phone(
    { ...options, domain: options.domain ?? new URL(options.url).hostname },
    {
      clock: driver,
      random,
      hasher: createBrowserHasher(),
      transactions,
      flowTo: (target) => driver.flowTo(target),
      isOpen: (flow) => driver.isOpen(flow),
      target: transport.target,
      post: (task) => driver.post(task),
    },
  );
  return Object.assign(phone, {
    close: async (): Promise<void> => {
      await phone.hangUpAll();
      await phone.unregister();
      transport.close();
      driver.close();
    },
  });
}
