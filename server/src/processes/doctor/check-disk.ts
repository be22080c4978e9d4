/** The data folder: ours, writable, for nobody else, with room. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Places } from '../places.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

const check = 'disk';
const gigabyte = 1_000_000_000;

export function checkDisk({ data, keyFile }: Pick<Places, 'data' | 'keyFile'>): Finding[] {
  const folder = existsSync(data) ? data : nearest(data);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return [
      failure(
        check,
        `${folder} cannot be written to`,
        'Give it to the user that runs Ringdown, or name another by --data-folder.',
      ),
    ];
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const text = `${(free / gigabyte).toFixed(1)} GB free at ${folder}`;
  const findings: Finding[] = [];
  if (free < gigabyte / 10)
    findings.push(failure(check, text, 'Make room: without it no CDR and no voicemail can be kept.'));
  else if (free < gigabyte) findings.push(warning(check, text, 'Make room before it runs out.'));
  else findings.push(ok(check, text));
  for (const [path, what] of [
    [data, 'the data folder'],
    [keyFile, 'the key file'],
  ] as const) {
    if (existsSync(path) && (statSync(path).mode & 0o077) !== 0)
      findings.push(failure(check, `${what} ${path} is open to other users`, `chmod go-rwx ${path}`));
  }
  return findings;
}

function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}
