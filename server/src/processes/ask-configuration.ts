/** Asks a process that ends with it for the configuration: see tell-configuration.ts. */
import { spawn } from 'node:child_process';
import { program } from './program.ts';
import type { ToldConfiguration } from './tell-configuration.ts';

/** Resolves always; what keeps the configuration from being read is told. */
export function askConfiguration(flags: readonly string[]): Promise<ToldConfiguration> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, program, 'process', 'configuration', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    child.once('error', (error) => resolve({ problem: `The configuration cannot be read: ${error.message}` }));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(told));
      else resolve({ problem: `The process that reads the configuration ended with ${code ?? signal}.` });
    });
  });
}
