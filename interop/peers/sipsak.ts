/** sipsak: one REGISTER or OPTIONS and its verdict (exit code 0, 1 for a negative final answer, 2 for none, 3 for local trouble). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PeerProcess, run } from './peer-process.ts';
import type { Ports } from './ports.ts';

export interface SipsakOptions {
  readonly name: string;
  readonly folder: string;
  readonly ports: Ports;
  readonly args: readonly string[];
}

export async function sipsak(options: SipsakOptions): Promise<PeerProcess> {
  const folder = join(options.folder, options.name);
  mkdirSync(folder, { recursive: true });
  const local = String(await options.ports.take('sip'));
  return run({ name: options.name, command: 'sipsak', args: ['-vvv', '-l', local, ...options.args], folder });
}

/** Registers a contact; digest is answered when a password is given. */
export function sipsakRegister(
  options: Omit<SipsakOptions, 'args'> & {
    readonly user: { readonly username: string; readonly password: string; readonly domain: string };
    readonly port: number;
    readonly expiresSec?: number;
    readonly tcp?: boolean;
  },
): Promise<PeerProcess> {
  const { user, port, expiresSec = 300, tcp = false, ...rest } = options;
  const uri = `sip:${user.username}@${user.domain}:${port}`;
  const args = ['-U', '-s', uri, '-u', user.username, '-a', user.password, '-x', String(expiresSec)];
  return sipsak({ ...rest, args: [...args, '-C', 'empty', ...(tcp ? ['-E', 'tcp'] : [])] });
}
