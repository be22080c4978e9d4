/** The bootstrap configuration as `start` and `doctor` read it: defaults, ringdown.yaml, environment, flags. */
import { existsSync, readFileSync } from 'node:fs';
import { type LoadedConfig, loadConfig } from '#base/config';

/** @throws AppError that names file, line and column of every mistake. */
export function readConfiguration(flags: readonly string[]): LoadedConfig {
  return loadConfig({
    env: process.env,
    flags,
    readFile: (path) => readFileSync(path, 'utf8'),
    defaultFile: { path: 'ringdown.yaml', exists: existsSync('ringdown.yaml') },
  });
}
