/**
 * Every parser of every public door, found by its name: `parse…`, `read…`, `decode…` and classes that end in Parser or Reader. One that takes a text is fuzzed as soon as
 * it is exported; one that takes anything else must stand in {@link elsewhere}, with the target that feeds it.
 */
import * as protocol from '@ringdown/media/protocol';
import * as audio from '@ringdown/rtc/audio';
import * as rtp from '@ringdown/rtc/rtp';
import * as sdp from '@ringdown/sdp';
import * as sip from '@ringdown/sip';
import * as node from '@ringdown/sip/node';
import { credentials, sdps, uris, values } from './corpus.ts';
import { documents } from './documents.ts';
import type { FuzzTarget } from './target.ts';

const doors: Readonly<Record<string, object>> = {
  '@ringdown/sip': sip,
  '@ringdown/sip/node': node,
  '@ringdown/sdp': sdp,
  '@ringdown/rtc/rtp': rtp,
  '@ringdown/rtc/audio': audio,
  '@ringdown/media/protocol': protocol,
};

/** Name, and the file of the target that calls it: it takes no text, or is held to more than not to throw. */
export const elsewhere: Readonly<Record<string, string>> = {
  parseMessage: 'message-target.ts',
  parseMultipart: 'message-target.ts',
  parseContactList: 'message-target.ts',
  parseHistory: 'message-target.ts',
  parsePrivacy: 'message-target.ts',
  readAssertedIdentity: 'message-target.ts',
  readInfoPackage: 'message-target.ts',
  readPagerMessage: 'message-target.ts',
  readRecvInfo: 'message-target.ts',
  readDisposition: 'message-target.ts',
  readPreferences: 'message-target.ts',
  readRefer: 'message-target.ts',
  readXml: 'documents-target.ts',
  parsePidf: 'documents-target.ts',
  parseDialogInfo: 'documents-target.ts',
  parseConferenceInfo: 'documents-target.ts',
  parseReginfo: 'documents-target.ts',
  parseIsComposing: 'documents-target.ts',
  parseMessageSummary: 'documents-target.ts',
  parseSipfrag: 'documents-target.ts',
  StreamParser: 'stream-target.ts',
  parseSdp: 'sdp-target.ts',
  readBundles: 'sdp-target.ts',
  readCodecs: 'sdp-target.ts',
  decodeText: 'media-target.ts',
  decodeWav: 'media-target.ts',
  decodeMuLaw: 'media-target.ts',
  decodeALaw: 'media-target.ts',
  decodeCname: 'media-target.ts',
  readUint16: 'media-target.ts',
  readInt32: 'media-target.ts',
  FrameReader: 'media-target.ts',
};

export interface FoundParser {
  readonly door: string;
  readonly name: string;
  /** Undefined: it stands in {@link elsewhere}. */
  readonly read: ((text: string) => unknown) | undefined;
}

export function findParsers(exports: Readonly<Record<string, object>> = doors): FoundParser[] {
  return Object.entries(exports).flatMap(([door, found]) =>
    Object.entries(found)
      .filter(([name, value]) => typeof value === 'function' && isParser(name))
      .map(([name, value]) => ({ door, name, read: name in elsewhere ? undefined : (value as FoundParser['read']) })),
  );
}

function isParser(name: string): boolean {
  return /^(?:parse|read|decode)[A-Z]/.test(name) || /^[A-Z]\w*(?:Parser|Reader)$/.test(name);
}

const readers = findParsers().flatMap(({ read }) => read ?? []);

/** Whatever a text is, no parser of texts throws over it. */
export const textsTarget: FuzzTarget = {
  name: 'texts',
  corpus: [
    ...values,
    ...uris,
    ...credentials,
    ...documents,
    ...sdps.flatMap((one) => one.split(/\r\n[a-z]=(?:\w+:)?/)),
  ],
  check: (input) => {
    const text = Buffer.from(input, 'latin1').toString('utf8');
    for (const read of readers) read(text);
  },
};
