/** Tries a kind of packet I/O by node:ffi in a throw-away child, since a wrong call ends its process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BlockingKind } from '../io/blocking-io.ts';
import { probeExit } from '../io/probe-exit.ts';

/** Node's ffi is experimental: only on versions it was tested with. */
const testedVersions = ['26'];
const testedPlatforms = ['linux x64', 'linux arm64'];
const probeWithinMs = 3_000;

/**
 * `refused`: this machine does not give it (kernel, container, platform, version of Node), which is nobody's fault. `failed`: it should work here and does
 * not.
 */
export type ProbeOutcome =
  | { readonly verdict: 'works' }
  | { readonly verdict: 'refused' | 'failed'; readonly why: string };

/** Resolves always. */
export async function probeIo(kind: BlockingKind): Promise<ProbeOutcome> {
  const why = unlisted();
  return why === null ? await runChild(kind) : { verdict: 'refused', why };
}

function unlisted(): string | null {
  const [major = ''] = process.versions.node.split('.');
  if (!testedVersions.includes(major)) return `Node ${process.versions.node} is not among the tested versions`;
  const platform = `${process.platform} ${process.arch}`;
  return testedPlatforms.includes(platform) ? null : `${platform} is not among the tested platforms`;
}

function runChild(kind: BlockingKind): Promise<ProbeOutcome> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const module = fileURLToPath(new URL(`../io/ffi/probe-child.${extension}`, import.meta.url));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, module, kind], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: probeWithinMs,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', (error) => resolve({ verdict: 'failed', why: error.message }));
    child.once('close', (code, signal) => {
      if (code === probeExit.WORKS) resolve({ verdict: 'works' });
      else if (code === probeExit.REFUSED) resolve({ verdict: 'refused', why: said });
      else if (signal !== null) resolve({ verdict: 'failed', why: `the probe was ended by ${signal}` });
      else resolve({ verdict: 'failed', why: said || `the probe ended with ${code}` });
    });
  });
}
