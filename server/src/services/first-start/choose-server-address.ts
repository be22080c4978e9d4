/** The address that a phone on the same network types as its server. */

export interface InterfaceAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly internal: boolean;
}

/** The advertised one; else the one we listen on alone; else the first IPv4 of a real interface; else loopback. */
export function chooseServerAddress(options: {
  readonly advertised?: string | undefined;
  readonly listen: readonly string[];
  readonly interfaces: readonly InterfaceAddress[];
}): string {
  if (options.advertised !== undefined) return options.advertised;
  const fixed = options.listen.find((address) => address !== '0.0.0.0' && address !== '::');
  if (fixed !== undefined) return fixed;
  const outside = options.interfaces.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return (outside.find(({ family }) => family === 4) ?? outside[0])?.address ?? '127.0.0.1';
}
