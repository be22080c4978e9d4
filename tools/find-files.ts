/** Lists files below folders of this repository, sorted, without what is installed, built or a fixture. */
import { type Dirent, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../', import.meta.url));

const skipped = new Set(['node_modules', 'dist', 'fixtures', 'out', '.git']);

/** Paths relative to `base` (the repository unless told), with `/` between the parts. A folder that is missing, or no folder, has no files. */
export function findFiles(folders: readonly string[], wanted: (path: string) => boolean, base = root): string[] {
  const found: string[] = [];
  for (const folder of folders) walk(folder);
  return found.sort();

  function walk(folder: string): void {
    for (const entry of entriesOf(`${base}/${folder}`)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skipped.has(entry.name)) walk(path);
      else if (entry.isFile() && wanted(path)) found.push(path);
    }
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw thrown;
  }
}
