/**
 * The configuration, read by a process of its own that tells it and ends: what reads it (a YAML parser, a schema) would otherwise stay with
 * the supervisor for good, 22 MB that nobody uses again (docs/adr/0013).
 */
import { type BootstrapConfig, formatConfig } from '#base/config';
import { toAppError } from '#base/errors';
import { readConfiguration } from './read-configuration.ts';

export type ToldConfiguration =
  | { readonly config: BootstrapConfig; readonly printed: string | null }
  | { readonly problem: string };

/** One line of JSON. */
export function tellConfiguration(flags: readonly string[], print: (text: string) => void): void {
  print(JSON.stringify(toTell(flags)));
}

function toTell(flags: readonly string[]): ToldConfiguration {
  try {
    const loaded = readConfiguration(flags);
    return { config: loaded.config, printed: loaded.print ? formatConfig(loaded) : null };
  } catch (error) {
    return { problem: toAppError(error).message };
  }
}
