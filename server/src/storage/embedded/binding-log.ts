/** The log of changed bindings: a line for each AOR. */
import type { BindingLog, StoredBindingSet } from '#services/registrar';
import { LineLog, type LineLogOptions } from './line-log.ts';

export type BindingLogOptions = Omit<LineLogOptions<StoredBindingSet>, 'name' | 'readRow'>;

export class FileBindingLog extends LineLog<StoredBindingSet> implements BindingLog {
  constructor(options: BindingLogOptions) {
    super({ ...options, name: 'bindings', readRow });
  }
}

function readRow(line: unknown): StoredBindingSet | undefined {
  const { tenant, aor, bindings } = line as Partial<StoredBindingSet>;
  return tenant === undefined || aor === undefined || !Array.isArray(bindings) ? undefined : { tenant, aor, bindings };
}
