/**
 * Dialogs of somebody, application/dialog-info+xml (RFC 4235; package `dialog`): busy lamps. Full or partial documents, numbered; a watcher folds them into one state.
 *
 * Leaves out: session descriptions, route sets and referred-by of a dialog; parameters of a target beside its URI are passed over when read.
 */
import { readXml, type XmlElement } from '../../xml/read-xml.ts';
import { type XmlAttributes, xmlDocument, xmlElement, xmlText } from '../../xml/write-xml.ts';
import { attributeOf, childOf, childrenOf, numberOf, textOf } from '../../xml/xml-tree.ts';
import { type Folding, foldVersion } from './fold-version.ts';

export const dialogInfoType = 'application/dialog-info+xml';
const namespace = 'urn:ietf:params:xml:ns:dialog-info';

/** RFC 4235 §3.7.1. */
export type DialogPhase = 'trying' | 'proceeding' | 'early' | 'confirmed' | 'terminated';

export interface DialogParty {
  /** Who it is: a URI. */
  readonly identity?: string | undefined;
  readonly display?: string | undefined;
  /** The URI of the Contact. */
  readonly target?: string | undefined;
}

export interface DialogEntry {
  /** Within the document's entity. */
  readonly id: string;
  readonly phase: DialogPhase;
  /** Why it is in this phase (§4.1.4): cancelled, rejected, replaced, local-bye … */
  readonly event?: string | undefined;
  /** The response code that goes with the event. */
  readonly code?: number | undefined;
  /** initiator: it called. */
  readonly direction?: 'initiator' | 'recipient' | undefined;
  readonly callId?: string | undefined;
  readonly localTag?: string | undefined;
  readonly remoteTag?: string | undefined;
  readonly durationSec?: number | undefined;
  readonly local?: DialogParty | undefined;
  readonly remote?: DialogParty | undefined;
}

export interface DialogInfo {
  readonly entity: string;
  readonly version: number;
  readonly isFull: boolean;
  readonly dialogs: readonly DialogEntry[];
}

const phases: ReadonlySet<string> = new Set(['trying', 'proceeding', 'early', 'confirmed', 'terminated']);

/** Undefined: no such document. */
export function parseDialogInfo(bytes: Uint8Array): DialogInfo | undefined {
  const read = readXml(bytes);
  if (!read.ok || read.root.name !== 'dialog-info' || read.root.namespace !== namespace) return undefined;
  const { root } = read;
  const entity = attributeOf(root, 'entity');
  const version = numberOf(attributeOf(root, 'version'));
  const state = attributeOf(root, 'state');
  const dialogs = childrenOf(root, namespace, 'dialog').map(parseEntry);
  if (entity === undefined || version === undefined || (state !== 'full' && state !== 'partial')) return undefined;
  if (dialogs.includes(undefined)) return undefined;
  return { entity, version, isFull: state === 'full', dialogs: dialogs.filter((entry) => entry !== undefined) };
}

export function formatDialogInfo({ entity, version, isFull, dialogs }: DialogInfo): Uint8Array {
  const attributes = { xmlns: namespace, version, state: isFull ? 'full' : 'partial', entity };
  return xmlDocument(xmlElement('dialog-info', attributes, dialogs.map(formatEntry)));
}

/** What a watcher knows of one entity's dialogs. */
export class DialogInfoFold {
  #version: number | null = null;
  readonly #dialogs = new Map<string, DialogEntry>();

  /** `lost`: refresh the subscription, which brings the whole. Dialogs that ended are in it until the next document. */
  take(info: DialogInfo): Folding {
    const folding = foldVersion(this.#version, info.version, info.isFull);
    if (folding !== 'taken') return folding;
    this.#version = info.version;
    for (const [id, { phase }] of this.#dialogs) if (info.isFull || phase === 'terminated') this.#dialogs.delete(id);
    for (const dialog of info.dialogs) this.#dialogs.set(dialog.id, dialog);
    return folding;
  }

  get dialogs(): readonly DialogEntry[] {
    return [...this.#dialogs.values()];
  }

  /** Whether a lamp would be on. */
  get isBusy(): boolean {
    return this.dialogs.some(({ phase }) => phase !== 'terminated');
  }
}

/** Undefined: without an id, or in a phase that is none. */
function parseEntry(element: XmlElement): DialogEntry | undefined {
  const id = attributeOf(element, 'id');
  const state = childOf(element, namespace, 'state');
  const phase = textOf(state);
  if (id === undefined || id === '' || state === undefined || phase === undefined || !phases.has(phase))
    return undefined;
  const direction = attributeOf(element, 'direction');
  return {
    id,
    phase: phase as DialogPhase,
    event: attributeOf(state, 'event'),
    code: numberOf(attributeOf(state, 'code')),
    direction: direction === 'initiator' || direction === 'recipient' ? direction : undefined,
    callId: attributeOf(element, 'call-id'),
    localTag: attributeOf(element, 'local-tag'),
    remoteTag: attributeOf(element, 'remote-tag'),
    durationSec: numberOf(textOf(childOf(element, namespace, 'duration'))),
    local: parseParty(childOf(element, namespace, 'local')),
    remote: parseParty(childOf(element, namespace, 'remote')),
  };
}

function parseParty(element: XmlElement | undefined): DialogParty | undefined {
  if (element === undefined) return undefined;
  const identity = childOf(element, namespace, 'identity');
  const target = childOf(element, namespace, 'target');
  return {
    identity: textOf(identity),
    display: identity === undefined ? undefined : attributeOf(identity, 'display'),
    target: target === undefined ? undefined : attributeOf(target, 'uri'),
  };
}

function formatEntry(entry: DialogEntry): string {
  const { id, phase, event, code, direction, callId, localTag, remoteTag, durationSec, local, remote } = entry;
  const attributes: XmlAttributes = {
    id,
    'call-id': callId,
    'local-tag': localTag,
    'remote-tag': remoteTag,
    direction,
  };
  return xmlElement('dialog', attributes, [
    xmlText('state', { event, code }, phase),
    ...(durationSec === undefined ? [] : [xmlText('duration', {}, String(durationSec))]),
    ...formatParty('local', local),
    ...formatParty('remote', remote),
  ]);
}

function formatParty(name: 'local' | 'remote', party: DialogParty | undefined): string[] {
  if (party === undefined) return [];
  const { identity, display, target } = party;
  return [
    xmlElement(name, {}, [
      ...(identity === undefined ? [] : [xmlText('identity', { display }, identity)]),
      ...(target === undefined ? [] : [xmlElement('target', { uri: target })]),
    ]),
  ];
}
