/** Where the processes of one installation find each other and leave their files, all below its data folder. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '#base/errors';

/** Argument of the control process: no native code for SIP datagrams, whatever the configuration says. */
export const plainDatagrams = '--plain-datagrams';

export interface Places {
  readonly data: string;
  readonly controlSocket: string;
  readonly mediaSocket: (index: number) => string;
  readonly log: (name: string) => string;
  readonly epochFile: string;
  readonly journal: string;
  readonly certificates: string;
  readonly keyFile: string;
  readonly trace: string;
}

export function placesIn(dataFolder: string): Places {
  const data = resolve(dataFolder);
  return {
    data,
    controlSocket: join(data, 'run', 'control.sock'),
    mediaSocket: (index) => join(data, 'run', `media-${index}.sock`),
    log: (name) => join(data, 'log', `${name}.log`),
    epochFile: join(data, 'run', 'epoch'),
    journal: join(data, 'journal'),
    certificates: join(data, 'certificates'),
    keyFile: join(data, 'secret.key'),
    trace: join(data, 'trace'),
  };
}

/** The system's limit for the path of a Unix socket, its closing NUL aside; macOS has the shorter one. */
const longestSocketPath = process.platform === 'linux' ? 107 : 103;

/** @throws AppError `config.data-folder-too-long`: told at once, since what comes of it otherwise says nothing. */
export function checkPlaces({ data, controlSocket }: Places): void {
  const tooMany = Buffer.byteLength(controlSocket) - longestSocketPath;
  if (tooMany <= 0) return;
  throw new AppError({
    code: 'config.data-folder-too-long',
    fault: 'caller',
    retry: 'never',
    message: `The path of the data folder is ${tooMany} bytes too long for the sockets in it: ${data}. Choose a shorter one with --data-folder.`,
  });
}

/** Makes the folders, readable by their owner only. */
export function makePlaces(places: Places): void {
  for (const folder of [places.data, join(places.data, 'run'), join(places.data, 'log')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}
