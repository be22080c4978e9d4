/** Which packet I/O this machine takes: tried in a throw-away child, since a wrong call by node:ffi ends its process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChosenIo, IoSetting } from './io-kind.ts';

/** Node's ffi is experimental: only on versions it was tested with. */
const testedVersions = ['26'];
const testedPlatforms = ['linux x64', 'linux arm64'];
const probeWithinMs = 3_000;

/** Resolves always; what does not work is said in `why`. */
export async function chooseIo(setting: IoSetting): Promise<ChosenIo> {
  if (setting === 'dgram') return { kind: 'dgram', why: null };
  const why = unlisted() ?? (await probe());
  return why === null ? { kind: 'io_uring', why: null } : { kind: 'dgram', why: `io_uring: ${why}` };
}

function unlisted(): string | null {
  const [major = ''] = process.versions.node.split('.');
  if (!testedVersions.includes(major)) return `Node ${process.versions.node} is not among the tested versions`;
  const platform = `${process.platform} ${process.arch}`;
  return testedPlatforms.includes(platform) ? null : `${platform} is not among the tested platforms`;
}

/** Null: it works. */
function probe(): Promise<string | null> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const module = fileURLToPath(new URL(`../io/ffi/probe-child.${extension}`, import.meta.url));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, module], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: probeWithinMs,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(null);
      else resolve(signal === null ? said || `the probe ended with ${code}` : `the probe was ended by ${signal}`);
    });
  });
}
