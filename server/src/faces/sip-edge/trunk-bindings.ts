/**
 * Trunks that register with us: a PBX with all its numbers behind one address of record (RFC 6140), or with a Contact of its own. Where it is, which numbers are asked for
 * there, and whether a request comes from there. All its numbers are those that lead to the trunk; nothing is registered for each.
 *
 * Leaves out: GRUUs of the numbers (RFC 6140 §7.1), and the "reg" event package.
 */
import { type Flow, formatUri, parseUri, type SipRequest } from '@ringdown/sip';
import type { Registrar } from '#services/registrar';
import type { TrunkRecord, Trunks } from '#services/trunks';
import { trunkAuthority } from './addresses.ts';
import type { PhonePlace, PhoneWays } from './phone-ways.ts';

export interface TrunkBindingsOptions {
  readonly registrar: Pick<Registrar, 'lookup'>;
  readonly trunks: Trunks;
}

/** What is wrong with the Contacts of a PBX (RFC 6140 §5.2), for 400; undefined: nothing. */
export function bulkFault(request: SipRequest): string | undefined {
  const bulk = request.contacts().flatMap(({ uri }) => (uri.kind === 'sip' && uri.params.has('bnc') ? [uri] : []));
  if (bulk.length > 0 && !request.hasToken('Require', 'gin')) return 'Bulk Contact Without gin';
  return bulk.some(({ user }) => user !== undefined) ? 'User In Bulk Contact' : undefined;
}

/** RFC 6140 §5.2: a bulk contact stands for one with the number in it. */
export function contactOfNumber(contact: string, number: string): string {
  const uri = parseUri(contact);
  if (uri.kind !== 'sip' || !uri.params.has('bnc')) return contact;
  const params: Record<string, string> = {};
  for (const { name, value } of uri.params.list) if (name.toLowerCase() !== 'bnc') params[name] = value;
  return formatUri({ scheme: uri.scheme, user: number, host: uri.host, port: uri.port, params });
}

export class TrunkBindings {
  readonly #options: TrunkBindingsOptions;

  constructor(options: TrunkBindingsOptions) {
    this.#options = options;
  }

  /** Where a call for a number of the trunk goes; a text: why it cannot. */
  placeAt(trunk: TrunkRecord, number: string, ways: PhoneWays): (PhonePlace & { readonly host: string }) | string {
    const found = this.#bindings(trunk).flatMap(({ contact, path, flow }) => {
      const uri = contactOfNumber(contact, number);
      return ways.placeOf({ contactUri: uri, path, flow: String(flow?.id ?? '') }) ?? [];
    });
    const [first, ...instead] = found;
    if (first === undefined) return `trunk ${trunk.body.name} is not registered here`;
    return { ...first, instead, host: trunkAuthority(trunk) };
  }

  /** Trunks that are registered from where a flow leads; nothing is proven by that. */
  from({ remote }: Flow): readonly TrunkRecord[] {
    const registering = this.#options.trunks.views.registering();
    if (registering.length === 0) return registering;
    return registering.filter((trunk) =>
      this.#bindings(trunk).some(({ flow }) => flow?.remoteAddress === remote.address),
    );
  }

  #bindings({ tenant, body }: TrunkRecord): ReturnType<Registrar['lookup']> {
    return body.registersAs == null ? [] : this.#options.registrar.lookup(tenant, body.registersAs);
  }
}
