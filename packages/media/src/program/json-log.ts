/** The engine's log: one line of JSON per entry, to a file or to standard error. Only the main thread writes; packet threads never do. */
import { openSync, writeSync } from 'node:fs';

export type LogLevel = 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const standardError = 2;

export function openLog(file: string | null): Log {
  const descriptor = file === null ? standardError : openSync(file, 'a', 0o600);
  return (level, message, fields = {}) => {
    writeSync(descriptor, `${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
  };
}
