/**
 * What peers are told about where we are, per destination: local networks get the address of the interface that leads there, the rest the advertised one
 * of a server behind 1:1 NAT, for signalling and for media apart.
 */
import { BlockList } from 'node:net';
import type { Flow, SocketAddress } from '@ringdown/sip';
import { type Advertise, createAdvertise } from '@ringdown/sip/node';
import type { BootstrapConfig } from '#base/config';

export interface Addressing {
  /** For Via, Contact and Record-Route. */
  readonly advertise: Advertise;
  /** Which of our listening addresses a leg's media is bound to, that has this address of ours towards its peer; null: no matter which. */
  readonly bindAddress: (own: string) => string | null;
  /** For the SDP of a leg on that flow. */
  readonly mediaAddress: (flow: Flow) => string;
}

export function createAddressing({ sip, media }: Pick<BootstrapConfig, 'sip' | 'media'>): Addressing {
  const byInterface = createAdvertise(() => performance.now());
  const local = new BlockList();
  for (const network of sip.localNetworks) {
    const [address = '', bits] = network.split('/');
    local.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  const isLocal = ({ address, family }: SocketAddress): boolean => local.check(address, family === 6 ? 'ipv6' : 'ipv4');
  /** One address cannot stand for both families: a peer of the other one is told what the interface says. */
  const outside = (advertised: string | undefined, remote: SocketAddress): string | undefined =>
    advertised === undefined || advertised.includes(':') !== (remote.family === 6) || isLocal(remote)
      ? undefined
      : advertised;
  return {
    advertise: (remote, listener) => {
      const host = outside(sip.advertisedAddress, remote);
      return host === undefined ? byInterface(remote, listener) : { host, port: listener.local.port };
    },
    bindAddress: (own) =>
      sip.listen.find((address) => address === own) ??
      sip.listen.find((address) => address.includes(':') === own.includes(':')) ??
      null,
    mediaAddress: ({ remote, advertised }) =>
      outside(media.advertisedAddress ?? sip.advertisedAddress, remote) ?? advertised.host.replace(/^\[|\]$/g, ''),
  };
}
