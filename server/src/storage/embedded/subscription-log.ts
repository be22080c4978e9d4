/** The log of subscriptions that stand: a line for each that began, was refreshed or ended. */
import type { StoredSubscription, SubscriptionLog } from '#services/presence';
import { LineLog, type LineLogOptions } from './line-log.ts';

export type SubscriptionLogOptions = Omit<LineLogOptions<StoredSubscription>, 'name' | 'readRow'>;

/** Written anew on the control thread: no longer than that may take. */
const grownBytes = 4 * 1024 * 1024;

export class FileSubscriptionLog extends LineLog<StoredSubscription> implements SubscriptionLog {
  constructor(options: SubscriptionLogOptions) {
    super({ grownBytes, ...options, name: 'subscriptions', readRow });
  }
}

function readRow(line: unknown): StoredSubscription | undefined {
  const { key, state } = line as Partial<StoredSubscription>;
  if (typeof key !== 'string' || (state !== null && typeof state?.dialog !== 'object')) return undefined;
  return { key, state };
}
