/**
 * How one peer is spoken to and understood: the header rules of its device or trunk, and the habits of its kind (quirks.ts). Decided once for each leg, and remembered by record and by
 * what the peer calls itself; where there is nothing to do there is no dialect, and nothing is looked at again.
 */
import type { SessionDescription } from '@ringdown/sdp';
import type { Adapt, SipRequest } from '@ringdown/sip';
import type { DirectoryViews } from '#services/directory';
import type { Registrar } from '#services/registrar';
import type { Trunks } from '#services/trunks';
import { compileHeaderRules, type HeaderRules } from './header-rules.ts';
import { type Quirk, quirksOf } from './quirks.ts';
import type { ReliablePeer } from './reliability.ts';
import type { FarSide } from './status-map.ts';

/** Null: as it is. */
export interface Dialect {
  /** Of what the peer says, before it is read; what is changed is read and not sent on as it is. */
  readonly incoming: Adapt | null;
  readonly outgoing: Adapt | null;
  /** A value of From or To, before a dialog begins with it. */
  readonly address: HeaderRules['address'];
  readonly readSdp: ((description: SessionDescription) => SessionDescription) | null;
}

export interface DialectsOptions {
  readonly directory: DirectoryViews;
  readonly trunks: Trunks;
  readonly registrar: Registrar;
}

/** Names that peers gave themselves; the oldest goes first. */
const mostNames = 1_000;

export class Dialects {
  readonly #options: DialectsOptions;
  readonly #rules = new WeakMap<object, HeaderRules | null>();
  readonly #quirks = new Map<string, readonly Quirk[]>();

  constructor(options: DialectsOptions) {
    this.#options = options;
  }

  /** Of who has sent this. */
  ofSender(request: SipRequest, peer: ReliablePeer): Dialect | null {
    return this.#of(peer, request.header('User-Agent') ?? '');
  }

  /** Of who is called. @param aor of a device, whose registration says what it is */
  ofCalled(peer: ReliablePeer, at: { readonly aor: string; readonly contactUri: string } | null): Dialect | null {
    const bindings = at === null ? [] : this.#options.registrar.lookup(peer.tenantId, at.aor);
    const name = bindings.find(({ contact }) => contact === at?.contactUri)?.userAgent ?? '';
    return this.#of(peer, name);
  }

  /** A trunk as such, outside of calls. */
  outgoingOf(trunk: { readonly tenant: ReliablePeer['tenantId']; readonly id: string }): Adapt | null {
    return (
      this.#of({ tenantId: trunk.tenant, trunkId: trunk.id as NonNullable<ReliablePeer['trunkId']> }, '')?.outgoing ??
      null
    );
  }

  #of(peer: ReliablePeer, name: string): Dialect | null {
    const rules = this.#rulesOf(peer);
    const quirks = name === '' ? none : this.#quirksOf(name, peer.trunkId === undefined ? 'device' : 'trunk');
    if (rules === null && quirks.length === 0) return null;
    // The habits of a kind first, what an operator has said of this very peer after them; on the way out the same.
    return {
      incoming: chain([...quirks.map((quirk) => quirk.incoming), rules?.incoming]),
      outgoing: chain([...quirks.map((quirk) => quirk.outgoing), rules?.outgoing]),
      address: rules?.address ?? null,
      readSdp: chain(quirks.map((quirk) => quirk.readSdp)),
    };
  }

  #rulesOf({ tenantId, deviceId, trunkId }: ReliablePeer): HeaderRules | null {
    const { directory, trunks } = this.#options;
    const device = deviceId === undefined ? undefined : directory.device(tenantId, deviceId);
    const record = trunkId === undefined ? device : trunks.views.get(tenantId, trunkId);
    if (record?.body.headerRules === undefined) return null;
    const known = this.#rules.get(record);
    if (known !== undefined) return known;
    const made = compileHeaderRules(record.body.headerRules);
    this.#rules.set(record, made);
    return made;
  }

  #quirksOf(name: string, far: FarSide): readonly Quirk[] {
    const key = `${far} ${name}`;
    const known = this.#quirks.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#quirks.size >= mostNames ? this.#quirks.keys() : [];
    if (oldest !== undefined) this.#quirks.delete(oldest);
    const found = quirksOf(name, far);
    this.#quirks.set(key, found);
    return found;
  }
}

const none: readonly Quirk[] = [];

function chain<F extends (value: never) => unknown>(steps: readonly (F | null | undefined)[]): F | null {
  const [first, ...others] = steps.filter((step) => step !== null && step !== undefined);
  if (first === undefined) return null;
  if (others.length === 0) return first;
  return ((value: never) => others.reduce((made, step) => step(made as never), first(value))) as F;
}
