/**
 * Flow tokens (RFC 5626 §5.2): the user part of a Path or Record-Route URI of ours says which flow a user agent is reached by, and a MAC under a key of ours says
 * that we wrote it. Nothing is stored: a UDP flow is made again from its addresses, also by another process with the same key; a connection is found by its id and
 * must still lead to the same peer.
 */
import { type Hasher, isEqualConstantTime } from '../auth/hasher.ts';
import type { Flow, SocketAddress, Target, TransportKind } from '../transport/flow.ts';

export interface FlowTokensOptions {
  readonly hasher: Hasher;
  /** Secret, and the same in all processes that are one proxy. */
  readonly key: string;
}

export type FoundFlow =
  | { readonly kind: 'found'; readonly flow: Flow }
  /** Not one of our tokens: a URI without one. */
  | { readonly kind: 'none' }
  /** It looks like one and its MAC is not ours: 403. */
  | { readonly kind: 'forged' }
  /** The flow has been closed: 430. */
  | { readonly kind: 'gone' };

const none: FoundFlow = { kind: 'none' };
const gone: FoundFlow = { kind: 'gone' };
/** RFC 5626 §5.2 has 80 bits of a MAC. */
const macDigits = 20;
const form = /^flow_([0-9a-f]{20})_((\d{1,15})_(udp|tcp|tls|ws|wss)_([^_]+)_(\d{1,5})_([^_]+)_(\d{1,5}))$/;

export class FlowTokens {
  readonly #options: FlowTokensOptions;

  constructor(options: FlowTokensOptions) {
    this.#options = options;
  }

  /** A user part that needs no escapes. */
  of({ id, kind, remote, local }: Flow): string {
    const said = `${id}_${kind}_${placeText(remote)}_${placeText(local)}`;
    return `flow_${this.#mac(said)}_${said}`;
  }

  find(user: string | undefined, flowTo: (target: Target) => Flow | undefined): FoundFlow {
    if (user?.startsWith('flow_') !== true) return none;
    const [, mac = '', said = '', id, kind, address = '', port, ownAddress = '', ownPort] = form.exec(user) ?? [];
    if (said === '' || !isEqualConstantTime(mac, this.#mac(said))) return { kind: 'forged' };
    const remote = readPlace(address, port);
    const target: Target =
      kind === 'udp'
        ? { kind, remote, local: readPlace(ownAddress, ownPort) }
        : { kind: kind as TransportKind, remote, flowId: Number(id) };
    const flow = flowTo(target);
    if (flow === undefined || flow.kind !== kind || !isSame(flow.remote, remote)) return gone;
    return { kind: 'found', flow };
  }

  #mac(said: string): string {
    const { hasher, key } = this.#options;
    return hasher.hmacSha256(key, said).slice(0, macDigits);
  }
}

/** No colon and no percent sign, which mean something in a user part. */
function placeText({ address, port }: SocketAddress): string {
  return `${address.replaceAll(':', '-').replaceAll('%', '~')}_${port}`;
}

function readPlace(text: string, port = '0'): SocketAddress {
  const isV6 = text.includes('-');
  const address = isV6 ? text.replaceAll('-', ':').replaceAll('~', '%') : text;
  return { family: isV6 ? 6 : 4, address, port: Number(port) };
}

function isSame(one: SocketAddress, other: SocketAddress): boolean {
  return one.address === other.address && one.port === other.port;
}
