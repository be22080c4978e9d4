/**
 * Registrations of an address of record, application/reginfo+xml (RFC 3680; package `reg`): which contacts there are and what became of them. Full or partial documents, numbered.
 *
 * Leaves out: the display name and unknown parameters of a contact; GRUUs (RFC 5628).
 */
import { readXml, type XmlElement } from '../../xml/read-xml.ts';
import { xmlDocument, xmlElement, xmlText } from '../../xml/write-xml.ts';
import { attributeOf, childOf, childrenOf, numberOf, textOf } from '../../xml/xml-tree.ts';
import { type Folding, foldVersion } from './fold-version.ts';

export const reginfoType = 'application/reginfo+xml';
const namespace = 'urn:ietf:params:xml:ns:reginfo';

/** RFC 3680 §3.3, §5.3.1. */
export type ContactEvent =
  | 'registered'
  | 'created'
  | 'refreshed'
  | 'shortened'
  | 'expired'
  | 'deactivated'
  | 'probation'
  | 'unregistered'
  | 'rejected';

export interface RegisteredContactEntry {
  readonly id: string;
  readonly state: 'active' | 'terminated';
  readonly event: ContactEvent;
  readonly uri: string;
  readonly expiresSec?: number | undefined;
  readonly durationSec?: number | undefined;
  readonly q?: string | undefined;
  readonly callId?: string | undefined;
  readonly cseq?: number | undefined;
}

export interface RegistrationEntry {
  readonly aor: string;
  readonly id: string;
  readonly state: 'init' | 'active' | 'terminated';
  readonly contacts: readonly RegisteredContactEntry[];
}

export interface Reginfo {
  readonly version: number;
  readonly isFull: boolean;
  readonly registrations: readonly RegistrationEntry[];
}

const events: ReadonlySet<string> = new Set([
  ...['registered', 'created', 'refreshed', 'shortened', 'expired'],
  ...['deactivated', 'probation', 'unregistered', 'rejected'],
]);

/** Undefined: no such document. */
export function parseReginfo(bytes: Uint8Array): Reginfo | undefined {
  const read = readXml(bytes);
  if (!read.ok || read.root.name !== 'reginfo' || read.root.namespace !== namespace) return undefined;
  const version = numberOf(attributeOf(read.root, 'version'));
  const state = attributeOf(read.root, 'state');
  const registrations = childrenOf(read.root, namespace, 'registration').map(parseRegistration);
  if (version === undefined || (state !== 'full' && state !== 'partial')) return undefined;
  if (registrations.includes(undefined)) return undefined;
  return { version, isFull: state === 'full', registrations: registrations.filter((entry) => entry !== undefined) };
}

export function formatReginfo({ version, isFull, registrations }: Reginfo): Uint8Array {
  const attributes = { xmlns: namespace, version, state: isFull ? 'full' : 'partial' };
  const content = registrations.map(({ aor, id, state, contacts }) =>
    xmlElement('registration', { aor, id, state }, contacts.map(formatContact)),
  );
  return xmlDocument(xmlElement('reginfo', attributes, content));
}

/** What a watcher knows: a registration of a partial document replaces the one with its id. */
export class ReginfoFold {
  #version: number | null = null;
  readonly #registrations = new Map<string, RegistrationEntry>();

  /** `lost`: refresh the subscription, which brings the whole. */
  take(info: Reginfo): Folding {
    const folding = foldVersion(this.#version, info.version, info.isFull);
    if (folding !== 'taken') return folding;
    this.#version = info.version;
    if (info.isFull) this.#registrations.clear();
    for (const registration of info.registrations) this.#take(registration);
    return folding;
  }

  get registrations(): readonly RegistrationEntry[] {
    return [...this.#registrations.values()];
  }

  /** Contacts that are terminated are told once and then gone. */
  #take(registration: RegistrationEntry): void {
    const before = this.#registrations.get(registration.id)?.contacts ?? [];
    const contacts = new Map(before.map((contact) => [contact.id, contact]));
    for (const contact of registration.contacts) {
      if (contact.state === 'active') contacts.set(contact.id, contact);
      else contacts.delete(contact.id);
    }
    this.#registrations.set(registration.id, { ...registration, contacts: [...contacts.values()] });
  }
}

function parseRegistration(element: XmlElement): RegistrationEntry | undefined {
  const aor = attributeOf(element, 'aor');
  const id = attributeOf(element, 'id');
  const state = attributeOf(element, 'state');
  const contacts = childrenOf(element, namespace, 'contact').map(parseContactEntry);
  if (aor === undefined || id === undefined || contacts.includes(undefined)) return undefined;
  if (state !== 'init' && state !== 'active' && state !== 'terminated') return undefined;
  return { aor, id, state, contacts: contacts.filter((contact) => contact !== undefined) };
}

function parseContactEntry(element: XmlElement): RegisteredContactEntry | undefined {
  const id = attributeOf(element, 'id');
  const state = attributeOf(element, 'state');
  const event = attributeOf(element, 'event') ?? '';
  const uri = textOf(childOf(element, namespace, 'uri'));
  if (id === undefined || uri === undefined || (state !== 'active' && state !== 'terminated') || !events.has(event))
    return undefined;
  return {
    id,
    state,
    event: event as ContactEvent,
    uri,
    expiresSec: numberOf(attributeOf(element, 'expires')),
    durationSec: numberOf(attributeOf(element, 'duration-registered')),
    q: attributeOf(element, 'q'),
    callId: attributeOf(element, 'callid'),
    cseq: numberOf(attributeOf(element, 'cseq')),
  };
}

function formatContact(contact: RegisteredContactEntry): string {
  const { id, state, event, uri, expiresSec, durationSec, q, callId, cseq } = contact;
  const attributes = {
    id,
    state,
    event,
    'duration-registered': durationSec,
    expires: expiresSec,
    q,
    callid: callId,
    cseq,
  };
  return xmlElement('contact', attributes, [xmlText('uri', {}, uri)]);
}
