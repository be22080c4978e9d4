/** Whether datagrams can go by system calls from JavaScript (`node:ffi`): tried in a throw-away child, since a wrong call ends its process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Node's ffi is experimental: only on versions it was tested with. */
const testedVersions = ['26'];
const testedPlatforms = ['linux x64', 'linux arm64'];
const probeWithinMs = 3_000;

/** Resolves always; null: it works, else why not. */
export async function probeDirect(): Promise<string | null> {
  const [major = ''] = process.versions.node.split('.');
  if (!testedVersions.includes(major)) return `Node ${process.versions.node} is not among the tested versions`;
  const platform = `${process.platform} ${process.arch}`;
  return testedPlatforms.includes(platform) ? await runChild() : `${platform} is not among the tested platforms`;
}

function runChild(): Promise<string | null> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const module = fileURLToPath(new URL(`./ffi/probe-child.${extension}`, import.meta.url));
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
