/**
 * Who is in a conference, application/conference-info+xml (RFC 4575; package `conference`). Full and partial documents, numbered; within a partial one each user and endpoint says
 * whether it stands whole, in part or is gone (§4.5).
 *
 * Leaves out: sidebars, host information, the URIs of a conference beside its entity, call-info of an endpoint.
 */
import { readXml, type XmlElement } from '../../xml/read-xml.ts';
import { xmlDocument, xmlElement, xmlText } from '../../xml/write-xml.ts';
import { attributeOf, childOf, childrenOf, numberOf, textOf } from '../../xml/xml-tree.ts';
import { type Folding, foldVersion } from './fold-version.ts';

export const conferenceInfoType = 'application/conference-info+xml';
const namespace = 'urn:ietf:params:xml:ns:conference-info';

/** How much of an element is there. */
export type PartState = 'full' | 'partial' | 'deleted';

export interface ConferenceMedia {
  readonly id: string;
  /** audio, video, message … */
  readonly type?: string | undefined;
  readonly sourceId?: string | undefined;
  /** sendrecv, sendonly, recvonly, inactive. */
  readonly status?: string | undefined;
}

export interface ConferenceEndpoint {
  readonly entity: string;
  readonly state: PartState;
  readonly displayText?: string | undefined;
  /** connected, disconnected, on-hold, muted-via-focus, pending, alerting, dialing-in, dialing-out, disconnecting. */
  readonly status?: string | undefined;
  readonly media: readonly ConferenceMedia[];
}

export interface ConferenceUser {
  readonly entity: string;
  readonly state: PartState;
  readonly displayText?: string | undefined;
  readonly endpoints: readonly ConferenceEndpoint[];
}

export interface ConferenceInfo {
  readonly entity: string;
  readonly version: number;
  /** deleted: the conference is over. */
  readonly state: PartState;
  readonly subject?: string | undefined;
  readonly maximumUserCount?: number | undefined;
  readonly userCount?: number | undefined;
  readonly isActive?: boolean | undefined;
  readonly isLocked?: boolean | undefined;
  readonly users: readonly ConferenceUser[];
}

/** Undefined: no such document. */
export function parseConferenceInfo(bytes: Uint8Array): ConferenceInfo | undefined {
  const read = readXml(bytes);
  if (!read.ok || read.root.name !== 'conference-info' || read.root.namespace !== namespace) return undefined;
  const { root } = read;
  const entity = attributeOf(root, 'entity');
  const version = numberOf(attributeOf(root, 'version'));
  const description = childOf(root, namespace, 'conference-description');
  const conference = childOf(root, namespace, 'conference-state');
  const list = childOf(root, namespace, 'users');
  const users = list === undefined ? [] : childrenOf(list, namespace, 'user').map(parseUser);
  if (entity === undefined || version === undefined || users.includes(undefined)) return undefined;
  return {
    entity,
    version,
    state: partState(root),
    subject: within(description, 'subject'),
    maximumUserCount: numberOf(within(description, 'maximum-user-count')),
    userCount: numberOf(within(conference, 'user-count')),
    isActive: booleanOf(within(conference, 'active')),
    isLocked: booleanOf(within(conference, 'locked')),
    users: users.filter((user) => user !== undefined),
  };
}

export function formatConferenceInfo(info: ConferenceInfo): Uint8Array {
  const { entity, version, state, subject, maximumUserCount, userCount, isActive, isLocked, users } = info;
  const description = [...optional('subject', subject), ...optional('maximum-user-count', maximumUserCount)];
  const conference = [
    ...optional('user-count', userCount),
    ...optional('active', isActive),
    ...optional('locked', isLocked),
  ];
  return xmlDocument(
    xmlElement('conference-info', { xmlns: namespace, entity, state, version }, [
      ...(description.length === 0 ? [] : [xmlElement('conference-description', {}, description)]),
      ...(conference.length === 0 ? [] : [xmlElement('conference-state', {}, conference)]),
      ...(users.length === 0 ? [] : [xmlElement('users', {}, users.map(formatUser))]),
    ]),
  );
}

/** What a watcher knows of a conference. */
export class ConferenceInfoFold {
  #info: ConferenceInfo | null = null;

  /** `lost`: refresh the subscription, which brings the whole. */
  take(next: ConferenceInfo): Folding {
    const folding = foldVersion(this.#info?.version ?? null, next.version, next.state !== 'partial');
    if (folding !== 'taken') return folding;
    const before = next.state === 'partial' ? this.#info : null;
    this.#info =
      before === null ? next : { ...mergeKnown(before, next), users: foldParts(before.users, next.users, foldUser) };
    return folding;
  }

  /** Null: nothing is known yet. */
  get info(): ConferenceInfo | null {
    return this.#info;
  }
}

function foldUser(before: ConferenceUser, next: ConferenceUser): ConferenceUser {
  return { ...mergeKnown(before, next), endpoints: foldParts(before.endpoints, next.endpoints, mergeEndpoint) };
}

function mergeEndpoint(before: ConferenceEndpoint, next: ConferenceEndpoint): ConferenceEndpoint {
  return { ...mergeKnown(before, next), media: next.media.length === 0 ? before.media : next.media };
}

function foldParts<T extends { readonly entity: string; readonly state: PartState }>(
  before: readonly T[],
  next: readonly T[],
  merge: (before: T, next: T) => T,
): readonly T[] {
  const parts = new Map(before.map((part) => [part.entity, part]));
  for (const part of next) {
    const known = parts.get(part.entity);
    if (part.state === 'deleted') parts.delete(part.entity);
    else parts.set(part.entity, part.state === 'partial' && known !== undefined ? merge(known, part) : part);
  }
  return [...parts.values()];
}

/** What a partial element does not say stands as before. */
function mergeKnown<T extends object>(before: T, next: T): T {
  const said = Object.entries(next).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(said) };
}

function parseUser(element: XmlElement): ConferenceUser | undefined {
  const entity = attributeOf(element, 'entity');
  const endpoints = childrenOf(element, namespace, 'endpoint').map(parseEndpoint);
  if (entity === undefined || endpoints.includes(undefined)) return undefined;
  const displayText = within(element, 'display-text');
  return { entity, state: partState(element), displayText, endpoints: endpoints.filter((one) => one !== undefined) };
}

function parseEndpoint(element: XmlElement): ConferenceEndpoint | undefined {
  const entity = attributeOf(element, 'entity');
  if (entity === undefined) return undefined;
  return {
    entity,
    state: partState(element),
    displayText: within(element, 'display-text'),
    status: within(element, 'status'),
    media: childrenOf(element, namespace, 'media').map((media) => ({
      id: attributeOf(media, 'id') ?? '',
      type: within(media, 'type'),
      sourceId: within(media, 'src-id'),
      status: within(media, 'status'),
    })),
  };
}

function formatUser({ entity, state, displayText, endpoints }: ConferenceUser): string {
  return xmlElement('user', { entity, state }, [
    ...optional('display-text', displayText),
    ...endpoints.map(formatEndpoint),
  ]);
}

function formatEndpoint({ entity, state, displayText, status, media }: ConferenceEndpoint): string {
  return xmlElement('endpoint', { entity, state }, [
    ...optional('display-text', displayText),
    ...optional('status', status),
    ...media.map(({ id, type, sourceId, status: direction }) =>
      xmlElement('media', { id }, [
        ...optional('type', type),
        ...optional('src-id', sourceId),
        ...optional('status', direction),
      ]),
    ),
  ]);
}

function optional(name: string, value: string | number | boolean | undefined): string[] {
  return value === undefined ? [] : [xmlText(name, {}, String(value))];
}

function within(element: XmlElement | undefined, name: string): string | undefined {
  return element === undefined ? undefined : textOf(childOf(element, namespace, name));
}

/** Absent means full (§4.5). */
function partState(element: XmlElement): PartState {
  const state = attributeOf(element, 'state');
  return state === 'partial' || state === 'deleted' ? state : 'full';
}

function booleanOf(text: string | undefined): boolean | undefined {
  return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined;
}
