/**
 * GRUUs (RFC 5627): addresses of one device of a user. The public one is the user's address with the instance in it; a temporary one hides both, under the keys that
 * secrets at rest are under, so that it is known again after a restart and nothing has to be remembered of it: it counts for as long as the registration that it was
 * given with, which its Call-ID names (§5.4.2).
 */
import { formatUri, type Hasher, type SipUri } from '@ringdown/sip';
import type { SecretBox } from '#base/secrets';
import type { DeviceWish } from '#engine/calls';
import type { Binding } from '#services/registrar';

export interface GruusOptions {
  readonly secrets: Pick<SecretBox, 'seal' | 'open'>;
  readonly hasher: Hasher;
}

export interface FoundGruu {
  /** Of the address of record. */
  readonly user: string;
  readonly device: DeviceWish;
}

type Registered = Pick<Binding, 'instance' | 'callId'>;

const temporary = 'tgruu.';
const context = 'registrar/temporary-gruu';

export class Gruus {
  readonly #options: GruusOptions;

  constructor(options: GruusOptions) {
    this.#options = options;
  }

  /** `pub-gruu` of RFC 5627 §5.4. */
  publicOf(aor: string, { instance }: Registered): string {
    const { user, host } = partsOf(aor);
    return formatUri({ user, host, params: { gr: bare(instance) } });
  }

  /** `temp-gruu`: another one each time, and those before it go on to count. */
  temporaryOf(aor: string, registered: Registered): string {
    const { user, host } = partsOf(aor);
    const sealed = this.#options.secrets.seal(`${user}\n${this.markOf(registered)}`, context);
    return formatUri({ user: `${temporary}${sealed}`, host, params: { gr: '' } });
  }

  /** Undefined: the URI is no GRUU, or none of ours. */
  find(uri: SipUri): FoundGruu | undefined {
    const instance = uri.params.get('gr');
    if (instance === undefined || uri.user === undefined) return undefined;
    if (instance !== '') return { user: uri.user, device: { instance } };
    const [user, mark] = uri.user.startsWith(temporary) ? this.#open(uri.user.slice(temporary.length)) : [];
    return user === undefined || mark === undefined ? undefined : { user, device: { registration: mark } };
  }

  /** Whether a binding is of the device that a GRUU names. */
  isOf(binding: Registered, { instance, registration }: DeviceWish): boolean {
    if (binding.instance === '') return false;
    if (instance !== undefined) return bare(binding.instance).toLowerCase() === instance.toLowerCase();
    return registration === this.markOf(binding);
  }

  /** What stands for one registration of one instance. */
  markOf({ instance, callId }: Registered): string {
    return this.#options.hasher.sha256(`${instance}\n${callId}`).slice(0, 16);
  }

  #open(sealed: string): readonly string[] {
    try {
      return this.#options.secrets.open(sealed, context).split('\n');
    } catch {
      return [];
    }
  }
}

function partsOf(aor: string): { readonly user: string; readonly host: string } {
  const at = aor.lastIndexOf('@');
  return { user: aor.slice(0, at), host: aor.slice(at + 1) };
}

/** An instance id stands in angle brackets in a Contact, and without them in a URI (RFC 5627 §4.1). */
function bare(instance: string): string {
  return instance.replace(/^<|>$/g, '');
}
