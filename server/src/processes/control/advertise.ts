/** What Via and Contact say, per destination: local networks get the address of the interface, the rest the advertised one (1:1 NAT). */
import { BlockList } from 'node:net';
import type { SocketAddress } from '@ringdown/sip';
import { type Advertise, createAdvertise } from '@ringdown/sip/node';
import type { BootstrapConfig } from '#base/config';

export function advertiser(config: BootstrapConfig): Advertise {
  const byInterface = createAdvertise(() => performance.now());
  const local = new BlockList();
  for (const network of config.sip.localNetworks) {
    const [address = '', bits] = network.split('/');
    local.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  const outside = config.sip.advertisedAddress;
  return (remote: SocketAddress, listener) => {
    const isLocal = local.check(remote.address, remote.family === 6 ? 'ipv6' : 'ipv4');
    if (outside !== undefined && !isLocal) return { host: outside, port: listener.local.port };
    return byInterface(remote, listener);
  };
}
