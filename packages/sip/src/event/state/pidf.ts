/**
 * Presence documents, application/pidf+xml (RFC 3863; package `presence`, RFC 3856): tuples with a basic status. What other namespaces add (RPID, RFC 4480; the data model, RFC 4479) is
 * kept as it stands and goes on with the tuple or document.
 */
import { formatTree } from '../../xml/format-tree.ts';
import { readXml, type XmlElement } from '../../xml/read-xml.ts';
import { xmlDocument, xmlElement, xmlText } from '../../xml/write-xml.ts';
import { attributeOf, childOf, childrenOf, textOf } from '../../xml/xml-tree.ts';

export const pidfType = 'application/pidf+xml';
const namespace = 'urn:ietf:params:xml:ns:pidf';

export interface PidfTuple {
  readonly id: string;
  /** Undefined: it does not say. */
  readonly basic?: 'open' | 'closed' | undefined;
  readonly contact?: string | undefined;
  /** Of the contact, 0 to 1. */
  readonly priority?: number | undefined;
  readonly notes?: readonly string[];
  /** As written, RFC 3339. */
  readonly timestamp?: string | undefined;
  /** In `status`, and in the tuple itself. */
  readonly statusExtensions?: readonly XmlElement[];
  readonly extensions?: readonly XmlElement[];
}

export interface Pidf {
  /** Whose presence: a pres: or sip: URI. */
  readonly entity: string;
  readonly tuples: readonly PidfTuple[];
  readonly notes?: readonly string[];
  readonly extensions?: readonly XmlElement[];
}

/** Undefined: no such document. */
export function parsePidf(bytes: Uint8Array): Pidf | undefined {
  const read = readXml(bytes);
  if (!read.ok || read.root.name !== 'presence' || read.root.namespace !== namespace) return undefined;
  const entity = attributeOf(read.root, 'entity');
  const tuples = childrenOf(read.root, namespace, 'tuple').map(parseTuple);
  if (entity === undefined || tuples.includes(undefined)) return undefined;
  return {
    entity,
    tuples: tuples.filter((tuple) => tuple !== undefined),
    notes: notesOf(read.root),
    extensions: foreign(read.root),
  };
}

export function formatPidf({ entity, tuples, notes = [], extensions = [] }: Pidf): Uint8Array {
  const content = [...tuples.map(formatTuple), ...notes.map(formatNote), ...extensions.map(formatForeign)];
  return xmlDocument(xmlElement('presence', { xmlns: namespace, entity }, content));
}

/** Undefined: without an id, or with a status that is none. */
function parseTuple(element: XmlElement): PidfTuple | undefined {
  const id = attributeOf(element, 'id');
  const status = childOf(element, namespace, 'status');
  const basic = textOf(status === undefined ? undefined : childOf(status, namespace, 'basic'));
  if (id === undefined || id === '') return undefined;
  if (basic !== undefined && basic !== 'open' && basic !== 'closed') return undefined;
  const contact = childOf(element, namespace, 'contact');
  const priority = contact === undefined ? undefined : attributeOf(contact, 'priority');
  return {
    id,
    basic,
    contact: textOf(contact),
    priority:
      priority !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(priority) ? Number(priority) : undefined,
    notes: notesOf(element),
    timestamp: textOf(childOf(element, namespace, 'timestamp')),
    statusExtensions: status === undefined ? [] : foreign(status),
    extensions: foreign(element),
  };
}

/** In the order of the schema: status, extensions, contact, notes, timestamp. */
function formatTuple(tuple: PidfTuple): string {
  const { id, basic, contact, priority, notes = [], timestamp, statusExtensions = [], extensions = [] } = tuple;
  const status = [
    ...(basic === undefined ? [] : [xmlText('basic', {}, basic)]),
    ...statusExtensions.map(formatForeign),
  ];
  return xmlElement('tuple', { id }, [
    xmlElement('status', {}, status),
    ...extensions.map(formatForeign),
    ...(contact === undefined || contact === '' ? [] : [xmlText('contact', { priority }, contact)]),
    ...notes.map(formatNote),
    ...(timestamp === undefined ? [] : [xmlText('timestamp', {}, timestamp)]),
  ]);
}

function formatNote(note: string): string {
  return xmlText('note', {}, note);
}

function formatForeign(element: XmlElement): string {
  return formatTree(element, namespace);
}

function notesOf(element: XmlElement): string[] {
  return childrenOf(element, namespace, 'note').map((note) => textOf(note) ?? '');
}

function foreign(element: XmlElement): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => typeof child !== 'string' && child.namespace !== namespace,
  );
}
