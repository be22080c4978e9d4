/**
 * What to call ourselves towards a remote when the listener is bound to "any": the address of the interface whose network the remote is
 * in, else that of the first interface that is not loopback. The server injects a better rule where there is 1:1 NAT.
 */
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { SocketAddress } from '../transport/flow.ts';
import type { Advertise } from './transport-events.ts';

interface LocalNetwork {
  readonly address: string;
  readonly family: 4 | 6;
  readonly isLoopback: boolean;
  readonly contains: BlockList;
}

const REFRESH_MS = 10_000;

/** @param nowMs monotonic; the interfaces are read again every ten seconds at most. */
export function createAdvertise(nowMs: () => number): Advertise {
  let networks: readonly LocalNetwork[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  return (remote, { local }) => {
    if (!isUnspecified(local.address)) return { host: local.address, port: local.port };
    if (nowMs() - readAtMs > REFRESH_MS) {
      networks = readNetworks();
      readAtMs = nowMs();
    }
    return { host: chooseLocal(networks, remote) ?? local.address, port: local.port };
  };
}

export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function chooseLocal(networks: readonly LocalNetwork[], remote: SocketAddress): string | undefined {
  const candidates = networks.filter(({ family }) => family === remote.family);
  const type = remote.family === 6 ? 'ipv6' : 'ipv4';
  const near = candidates.find(({ contains }) => contains.check(remote.address, type));
  return (near ?? candidates.find((network) => !network.isLoopback) ?? candidates[0])?.address;
}

function readNetworks(): LocalNetwork[] {
  const found: LocalNetwork[] = [];
  for (const entries of Object.values(networkInterfaces())) {
    for (const { address, family, internal, cidr } of entries ?? []) {
      const prefix = Number(cidr?.split('/')[1]);
      // Link-local IPv6 needs a zone, which no SIP header can carry.
      if (!Number.isInteger(prefix) || address.startsWith('fe80:')) continue;
      const contains = new BlockList();
      contains.addSubnet(address, prefix, family === 'IPv6' ? 'ipv6' : 'ipv4');
      found.push({ address, family: family === 'IPv6' ? 6 : 4, isLoopback: internal, contains });
    }
  }
  return found;
}
