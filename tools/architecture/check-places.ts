/**
 * Text that holds only on one machine: absolute paths of a developer, hosts of a package registry. Looks at every tracked
 * text file. The patterns are written so that they do not match themselves.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { findFiles } from '../find-files.ts';
import type { Breach } from './rules.ts';

const places: readonly RegExp[] = [
  /\/work\/\w+/,
  /(?:\.\.\/)shared\b/,
  /\.librar[y]\b/,
  /(?:^|[\s"'`(=])\/(?:root|home\/\w+|Users\/\w+)\//,
  /registry\.[a-z]+js\.(?:org|com)|npm[m]irror|\/artifactory\/|verdacci[o]/,
  /\bissues show \d/,
];

/** Tracked files that are text, as git lists them; where there is no repository, all that is there. */
export function trackedTexts(base: string): { path: string; text: string }[] {
  return trackedNames(base).flatMap((path) => {
    const bytes = path === '' ? null : readOrNull(`${base}/${path}`);
    return bytes === null || bytes.includes(0) ? [] : [{ path, text: bytes.toString('utf8') }];
  });
}

function trackedNames(base: string): string[] {
  try {
    const args = ['-c', 'safe.directory=*', '-C', base, 'ls-files', '-z'];
    return execFileSync('git', args, {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\0');
  } catch {
    return findFiles(readdirSync(base), () => true, base);
  }
}

export function checkPlaces(texts: readonly { path: string; text: string }[]): Breach[] {
  const found: Breach[] = [];
  for (const { path, text } of texts) {
    if (!places.some((place) => place.test(text))) continue;
    for (const [i, line] of text.split('\n').entries())
      for (const place of places) {
        const match = place.exec(line);
        if (match !== null) found.push({ rule: 'place', file: path, line: i + 1, what: match[0].trim() });
      }
  }
  return found;
}

/** A file that is tracked but deleted in the working tree has nothing to say. */
function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
