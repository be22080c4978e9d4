/**
 * Makes a port behave like one across a bad network: each call waits a chosen time, and some fail before they happened or,
 * worse, after, so that the caller does not know. Chance and waiting are injected, so a failing run can be repeated.
 */
import { storageUnavailable } from '#storage/backend';

export interface Misfortune {
  /** Waits a while before a call is carried out. */
  delay(): Promise<void>;
  /** What happens to the next call: nothing bad, lost before it was carried out, or its answer lost. */
  next(): 'none' | 'lost' | 'answer-lost';
}

/** The same port, unreliable. Only asynchronous methods are allowed in it. */
export function unreliable<Port extends object>(port: Port, misfortune: Misfortune): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        await misfortune.delay();
        const fate = misfortune.next();
        if (fate === 'lost') throw storageUnavailable('made to fail before the call');
        const value: unknown = await Reflect.apply(method, target, args);
        if (fate === 'answer-lost') throw storageUnavailable('made to fail after the call');
        return value;
      };
    },
  });
}
