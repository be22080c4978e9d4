/** A phone on a host of the virtual network. */
import { type Clock, Phone, type PhoneSettings, type Target, TransactionLayer } from '@ringdown/sip';
import { createNodeHasher } from '@ringdown/sip/node';
import { SeededRandom, type VirtualHost } from '@ringdown/testkit';

export interface PhoneOnHost {
  readonly clock: Clock;
  readonly host: VirtualHost;
  readonly seed: number;
  /** Where its server is. */
  readonly target: Target;
  readonly settings: PhoneSettings;
}

export function phoneOnHost({ clock, host, seed, target, settings }: PhoneOnHost): Phone {
  const random = new SeededRandom(seed);
  const phone = new Phone(settings, {
    ...{ clock, random, target, hasher: createNodeHasher() },
    transactions: {
      request: (...args) => layer.request(...args),
      sendDirect: (...args) => layer.sendDirect(...args),
    },
    flowTo: (to) => host.flowTo(to),
    isOpen: (flow) => host.isOpen(flow),
    post: (task) => task(),
  });
  const layer = new TransactionLayer({ clock, random, transport: host, user: phone.agent });
  host.onMessage = (bytes, flow) => layer.receiveBytes(bytes, flow);
  return phone;
}

/** Promises settle between the steps of virtual time. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
