/** Whether each listener's port is ours, free, or taken by somebody else, and by whom. */
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { BootstrapConfig } from '#base/config';
import { type Finding, failure, ok } from './finding.ts';

const check = 'ports';

interface Listener {
  readonly kind: 'udp' | 'tcp';
  readonly purpose: string;
  readonly address: string;
  readonly port: number;
}

/** @param isRunning a Ringdown with this data folder answers, so what is taken is taken by it. */
export async function checkPorts(
  { sip, http }: Pick<BootstrapConfig, 'sip' | 'http'>,
  isRunning: boolean,
): Promise<Finding[]> {
  const listeners: Listener[] = sip.listen.flatMap((address) => [
    { kind: 'udp' as const, purpose: 'SIP over UDP', address, port: sip.udpPort },
    { kind: 'tcp' as const, purpose: 'SIP over TCP', address, port: sip.tcpPort },
    { kind: 'tcp' as const, purpose: 'SIP over TLS', address, port: sip.tlsPort },
    { kind: 'tcp' as const, purpose: 'SIP over WebSocket', address, port: sip.wsPort },
    { kind: 'tcp' as const, purpose: 'SIP over WebSocket and TLS', address, port: sip.wssPort },
  ]);
  listeners.push({ kind: 'tcp', purpose: 'health and metrics', address: http.address, port: http.port });
  const findings = await Promise.all(
    listeners.filter(({ port }) => port > 0).map((listener) => checkListener(listener, isRunning)),
  );
  return findings;
}

async function checkListener(listener: Listener, isRunning: boolean): Promise<Finding> {
  const { purpose, kind, address, port } = listener;
  const place = `${purpose}, ${address} port ${port}`;
  const code = await tryBind(listener);
  if (code === undefined && isRunning)
    return failure(
      check,
      `${place}: not taken, though Ringdown runs`,
      'Was it started with other settings? Look at its log, and start it anew.',
    );
  if (code === undefined) return ok(check, `${place}: free`);
  if (code === 'EADDRINUSE') {
    const owner = ownerOf(kind, port);
    if (isRunning && (owner === undefined || /node|ringdown/i.test(owner.name)))
      return ok(check, `${place}: Ringdown listens`);
    const who = owner === undefined ? 'another process' : `${owner.name} (pid ${owner.pid})`;
    return failure(check, `${place}: taken by ${who}`, 'Stop that, or choose another port.');
  }
  if (code === 'EACCES')
    return failure(
      check,
      `${place}: not allowed`,
      'Ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE).',
    );
  if (code === 'EADDRNOTAVAIL') return failure(check, `${place}: no interface has this address`, 'Correct sip.listen.');
  return failure(check, `${place}: ${code}`, 'The system refuses this listener.');
}

/** @returns the system's code of why not; undefined: it can be bound. */
function tryBind({ kind, address, port }: Listener): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    if (kind === 'udp') {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', failed);
      socket.bind(port, address, () => socket.close(() => resolve(undefined)));
      return;
    }
    const server = createServer();
    server.once('error', failed);
    server.listen(port, address, () => server.close(() => resolve(undefined)));
  });
}

interface Owner {
  readonly pid: number;
  readonly name: string;
}

/** By the socket's inode in /proc, as far as we may look; undefined: not found. */
function ownerOf(kind: 'udp' | 'tcp', port: number): Owner | undefined {
  const inodes = new Set([...inodesOf(`/proc/net/${kind}`, port), ...inodesOf(`/proc/net/${kind}6`, port)]);
  for (const pid of inodes.size === 0 ? [] : readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (socketsOf(pid).some((inode) => inodes.has(inode)))
      return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
  }
  return undefined;
}

function inodesOf(file: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  try {
    const rows = readFileSync(file, 'utf8').split('\n').slice(1);
    return rows
      .map((row) => row.trim().split(/\s+/))
      .flatMap((cells) => (cells[1]?.endsWith(`:${hex}`) ? [cells[9] ?? ''] : []));
  } catch {
    // Not Linux: then nobody is named.
    return [];
  }
}

function socketsOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${fd}`))?.[1] ?? []);
}

/** Empty for a process of another user, or one that is gone. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return '';
  }
}
