/**
 * Which trunks a request may come from, by source address, port and transport. The more a rule says, the earlier it counts.
 * Two tenants may have the same carrier: then the dialled number decides between them, so all matches are given.
 */
import { BlockList, isIP } from 'node:net';
import type { SourceRule, TrunkTransport } from './records.ts';

export interface Source {
  readonly address: string;
  readonly port: number;
  readonly transport: TrunkTransport;
}

export interface CompiledSource {
  /** Higher wins. */
  readonly specificity: number;
  matches(source: Source): boolean;
}

/** Undefined when the network is none. */
export function compileSource(rule: SourceRule): CompiledSource | undefined {
  const [address = '', bitsText, rest] = rule.network.split('/');
  const family = isIP(address);
  const size = family === 4 ? 32 : 128;
  const bits = bitsText === undefined ? size : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : size + 1;
  if (family === 0 || rest !== undefined || bits > size) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return {
    specificity: (bits / size) * 100 + (rule.port === null ? 0 : 2) + (rule.transport === null ? 0 : 1),
    matches(source) {
      if (rule.port !== null && rule.port !== source.port) return false;
      if (rule.transport !== null && rule.transport !== source.transport) return false;
      return list.check(source.address, isIP(source.address) === 6 ? 'ipv6' : 'ipv4');
    },
  };
}
