/**
 * One supervised process: how it is started, how its life is seen (a heartbeat over its own Unix socket), when it counts as dead. Started
 * detached and writing to its own log file, so that the supervisor's death is not its death; a running one is adopted.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ChildSpec {
  readonly name: string;
  /** Arguments after the node executable. */
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Arguments more, once it has died by a signal twice in a minute: what it does with native code is then left out. */
  readonly afterCrashes?: { readonly args: readonly string[]; readonly what: string };
}

/** What a supervisor asks of a running process, over whatever protocol that speaks. */
export interface Heartbeat {
  /** Resolves with the process id; rejects when nobody answers. */
  beat(): Promise<number>;
  close(): void;
}

/** Starts it and lets it go: no pipe, no channel, its own session. @returns the process id. */
export function startDetached(
  spec: ChildSpec,
  how: { readonly moreArgs: readonly string[]; readonly onSignal: (signal: NodeJS.Signals) => void },
): number | undefined {
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [...spec.args, ...how.moreArgs], {
      detached: true,
      stdio: ['ignore', log, log],
      env: spec.env,
    });
    child.on('error', () => undefined);
    child.on('exit', (_code, signal) => {
      if (signal !== null) how.onSignal(signal);
    });
    child.unref();
    return child.pid;
  } finally {
    closeSync(log);
  }
}
