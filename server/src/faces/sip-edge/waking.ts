/**
 * Phones that sleep and are woken by a push (RFC 8599): what their Contact says of it, and calls that wait until the woken phone has registered again (§5.6.2). A call for a
 * phone whose connection stands goes there at once.
 *
 * Leaves out: pushes that have a phone refresh its binding in time (§5.5), and those for a request within a dialog (§6); requests outside of calls wake nobody.
 */
import { type Clock, type HeaderPair, parseUri, type SipUri, type TimerOwner } from '@ringdown/sip';
import type { TenantId } from '#base/ids';
import type { Registrar } from '#services/registrar';
import type { BoundTo } from './phone-ways.ts';

/** What a push service needs to know (RFC 8599 §4.1). */
export interface PushTarget {
  readonly provider: string;
  readonly prid: string;
  readonly param: string;
}

/** Port: asks a push service to wake a phone. */
export interface PushSender {
  /** Names of providers that it can reach, as they stand in `pn-provider`. */
  readonly providers: readonly string[];
  /** `failed` at most once, in a later turn. */
  send(target: PushTarget, failed: (detail: string) => void): void;
}

export interface PushSettings {
  readonly sender: PushSender;
  /** How long a call waits for the phone. */
  readonly waitMs: number;
}

export interface WakingOptions extends PushSettings {
  readonly clock: Clock;
  readonly registrar: Pick<Registrar, 'lookup'>;
  /** Whether a connection stands by which a phone is reached. */
  readonly isAwake: (flow: string) => boolean;
}

/** The phone has registered, or why it has not. */
export type Woken = (fault: string | null) => void;

/** Undefined: a Contact that says nothing of push, as nearly all. */
export function pushTargetOf(contact: string): PushTarget | undefined {
  if (!contact.includes(';pn-provider=')) return undefined;
  const uri = parseUri(contact);
  return uri.kind === 'sip' ? readTarget(uri) : undefined;
}

function readTarget({ params }: SipUri): PushTarget | undefined {
  const provider = params.get('pn-provider') ?? '';
  if (provider === '') return undefined;
  return { provider, prid: params.get('pn-prid') ?? '', param: params.get('pn-param') ?? '' };
}

export class Waking {
  readonly #options: WakingOptions;
  readonly #asleep = new Map<string, Sleeper>();

  constructor(options: WakingOptions) {
    this.#options = options;
  }

  /** What the 200 to a REGISTER with such Contacts says of push (RFC 8599 §5.3); undefined: one of them asks for a provider that is not known, 555. */
  rowsFor(contacts: readonly string[]): readonly HeaderPair[] | undefined {
    const providers = new Set(contacts.flatMap((contact) => pushTargetOf(contact)?.provider ?? []));
    for (const provider of providers) if (!this.#options.sender.providers.includes(provider)) return undefined;
    return [...providers].map((provider): HeaderPair => ['Feature-Caps', `*;+sip.pns="${provider}"`]);
  }

  /** How a device is woken that a call is for; undefined: it need not be, or cannot. */
  sleeperAt({ contactUri, flow }: BoundTo): PushTarget | undefined {
    const target = pushTargetOf(contactUri);
    const isKnown =
      target !== undefined && target.prid !== '' && this.#options.sender.providers.includes(target.provider);
    return isKnown && !this.#options.isAwake(flow) ? target : undefined;
  }

  /** Where a device that was woken is now. */
  awokenAt(tenant: TenantId, { instead: _other, ...before }: BoundTo, target: PushTarget): BoundTo | undefined {
    const key = keyOf(target);
    const binding = this.#options.registrar.lookup(tenant, before.aor).find(({ contact }) => {
      const own = pushTargetOf(contact);
      return own !== undefined && keyOf(own) === key;
    });
    if (binding === undefined) return undefined;
    return { ...before, contactUri: binding.contact, path: binding.path, flow: String(binding.flow?.id ?? '') };
  }

  /** `woken` is called once, in a later turn. One push is sent, however many wait. */
  wake(target: PushTarget, woken: Woken): void {
    const key = keyOf(target);
    let sleeper = this.#asleep.get(key);
    if (sleeper === undefined) {
      sleeper = new Sleeper((fault) => this.#over(key, fault));
      this.#asleep.set(key, sleeper);
      sleeper.timer = this.#options.clock.arm(this.#options.waitMs, sleeper, 0);
      this.#options.sender.send(target, (detail) => this.#over(key, `the push service says: ${detail}`));
    }
    sleeper.waiting.push(woken);
  }

  /** A phone has registered with that Contact. */
  registered(contact: string): void {
    const target = this.#asleep.size === 0 ? undefined : pushTargetOf(contact);
    if (target !== undefined) this.#over(keyOf(target), null);
  }

  #over(key: string, fault: string | null): void {
    const sleeper = this.#asleep.get(key);
    if (sleeper === undefined) return;
    this.#asleep.delete(key);
    this.#options.clock.disarm(sleeper.timer);
    for (const woken of sleeper.waiting) woken(fault);
  }
}

class Sleeper implements TimerOwner {
  readonly waiting: Woken[] = [];
  timer = 0;
  readonly #over: (fault: string) => void;

  constructor(over: (fault: string) => void) {
    this.#over = over;
  }

  onTimer(): void {
    this.#over('the phone was woken and has not registered in time');
  }
}

function keyOf({ provider, prid, param }: PushTarget): string {
  return `${provider}\n${prid}\n${param}`;
}
