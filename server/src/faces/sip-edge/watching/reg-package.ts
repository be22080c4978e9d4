/** One's own registrations: the package `reg` (RFC 3680). The whole at first, then the contacts that came or went. */
import { type ContactEvent, formatReginfo, type RegisteredContactEntry, reginfoType } from '@ringdown/sip';
import type { Presence, RegistrationChange } from '#services/presence';
import { type EventPackage, type OpenView, policyOf, type View } from './event-package.ts';

export function regPackage(presence: Presence): EventPackage {
  return {
    policy: policyOf(reginfoType, 3_761),
    aspect: 'reg',
    paceMs: 5_000,
    open: (options) => new RegView(presence, options),
  };
}

/** RFC 3680 §3.3: why a contact is gone. A closed flow is the server's own doing: the phone should come back. */
const events: Readonly<Record<RegistrationChange['what'], ContactEvent>> = {
  registered: 'registered',
  removed: 'unregistered',
  displaced: 'rejected',
  expired: 'expired',
  'flow-closed': 'deactivated',
};

class RegView implements View {
  readonly #presence: Presence;
  readonly #options: OpenView;
  readonly #ids = new Map<string, string>();
  readonly #news = new Map<string, ContactEvent>();
  readonly #stop: () => void;
  #version: number;

  constructor(presence: Presence, options: OpenView) {
    this.#presence = presence;
    this.#options = options;
    this.#version = options.version;
    this.#stop = presence.watchRegistrations(options.watched, ({ contact, what }) => {
      this.#news.set(contact, events[what]);
      options.changed();
    });
  }

  compose(isFull: boolean) {
    const { watched } = this.#options;
    const here = this.#presence.registrations(watched);
    const active = here.map(({ binding, expiresSec }): RegisteredContactEntry => {
      const { contact, callId, cseq, q } = binding;
      const event = this.#news.get(contact) ?? 'registered';
      return { id: this.#idOf(contact), state: 'active', event, uri: contact, expiresSec, callId, cseq, q: String(q) };
    });
    const gone = [...this.#news].filter(([contact]) => !here.some(({ binding }) => binding.contact === contact));
    const terminated = gone.map(
      ([contact, event]): RegisteredContactEntry => ({
        id: this.#idOf(contact),
        state: 'terminated',
        event,
        uri: contact,
      }),
    );
    const contacts = isFull ? active : [...active.filter(({ uri }) => this.#news.has(uri)), ...terminated];
    for (const [contact] of gone) this.#ids.delete(contact);
    this.#news.clear();
    const state = here.length > 0 ? 'active' : isFull ? 'init' : 'terminated';
    const registration = { aor: `sip:${watched.aor}`, id: 'r1', state, contacts } as const;
    const bytes = formatReginfo({ version: this.#version, isFull, registrations: [registration] });
    this.#version += 1;
    return { type: reginfoType, bytes };
  }

  stop(): void {
    this.#stop();
  }

  #idOf(contact: string): string {
    const id = this.#ids.get(contact) ?? `c${this.#version}-${this.#ids.size}`;
    this.#ids.set(contact, id);
    return id;
  }
}
