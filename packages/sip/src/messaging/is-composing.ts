/** Somebody is writing: application/im-iscomposing+xml (RFC 3994 §4), sent by MESSAGE like a message. */
import { readXml } from '../xml/read-xml.ts';
import { xmlDocument, xmlElement, xmlText } from '../xml/write-xml.ts';
import { childOf, textOf } from '../xml/xml-tree.ts';

export const isComposingType = 'application/im-iscomposing+xml';
const namespace = 'urn:ietf:params:xml:ns:im-iscomposing';

export interface IsComposing {
  readonly state: 'active' | 'idle';
  /** For how long `active` holds unless it is said again; at least 60 (RFC 3994 §3.3). Undefined: 120. */
  readonly refreshSec?: number | undefined;
  /** When something was written last, as written, RFC 3339. */
  readonly lastActive?: string | undefined;
  /** What is being composed: a media type, or a part of one such as `text`. */
  readonly contentType?: string | undefined;
}

/** Undefined: no such document. A state that nobody knows is `idle` (RFC 3994 §4). */
export function parseIsComposing(bytes: Uint8Array): IsComposing | undefined {
  const read = readXml(bytes, { sizeBytes: 8_192, depth: 8, elements: 64, attributes: 32 });
  if (!read.ok || read.root.name !== 'isComposing' || read.root.namespace !== namespace) return undefined;
  const { root } = read;
  const state = textOf(childOf(root, namespace, 'state'));
  if (state === undefined) return undefined;
  const refresh = textOf(childOf(root, namespace, 'refresh')) ?? '';
  return {
    state: state.trim() === 'active' ? 'active' : 'idle',
    refreshSec: /^[1-9]\d{0,8}$/.test(refresh.trim()) ? Number(refresh) : undefined,
    lastActive: textOf(childOf(root, namespace, 'lastactive')),
    contentType: textOf(childOf(root, namespace, 'contenttype')),
  };
}

/** In the order of the schema. */
export function formatIsComposing({ state, refreshSec, lastActive, contentType }: IsComposing): Uint8Array {
  const content = [
    xmlText('state', {}, state),
    ...(lastActive === undefined ? [] : [xmlText('lastactive', {}, lastActive)]),
    ...(contentType === undefined ? [] : [xmlText('contenttype', {}, contentType)]),
    ...(refreshSec === undefined ? [] : [xmlText('refresh', {}, String(refreshSec))]),
  ];
  return xmlDocument(xmlElement('isComposing', { xmlns: namespace }, content));
}
