/**
 * A command for a packet thread as words of shared memory (command-ring.ts): what every call needs as numbers, the rest as JSON, two UTF-16 units to a word. The
 * first word holds the kind in its lowest octet and above it the number of words, itself counted.
 */
import type { PayloadMap } from '../protocol/stream-spec.ts';
import type { ThreadCommand } from './thread-message.ts';

type Of<Type extends ThreadCommand['type']> = Extract<ThreadCommand, { readonly type: Type }>;

const kind = { JSON: 1, BEGIN: 2, TAKE: 3, CLOSE: 4, SETTINGS: 5, REMOTE: 6, JOIN: 7, SPLIT: 8 } as const;
const settingsFlag = { MAY_SEND: 1, MAY_RECEIVE: 2 } as const;
const remoteFlag = { KNOWN: 1, MUX: 2, RELOCK: 4 } as const;
/** Two addresses. */
const remoteWords = 10;

/** @returns how many words it took, from `words[0]` on */
export function writeCommand(command: ThreadCommand, words: Int32Array): number {
  switch (command.type) {
    case 'begin':
      return write(words, kind.BEGIN, [command.record, command.cname]);
    case 'take':
      return write(words, kind.TAKE, [command.record, command.rtp, command.rtcp]);
    case 'close':
      return write(words, kind.CLOSE, [command.record, command.id]);
    case 'split':
      return write(words, kind.SPLIT, [command.record]);
    case 'settings':
      return writeSettings(words, command);
    case 'remote':
      return writeRemote(words, command);
    case 'join':
      return writeJoin(words, command);
    default:
      return writeText(words, JSON.stringify(command));
  }
}

/** @param at of its first word */
export function readCommand(words: Int32Array, at: number): ThreadCommand {
  const head = words[at] as number;
  const word = (index: number): number => words[at + index] as number;
  switch (head & 0xff) {
    case kind.BEGIN:
      return { type: 'begin', record: word(1), cname: word(2) };
    case kind.TAKE:
      return { type: 'take', record: word(1), rtp: word(2), rtcp: word(3) };
    case kind.CLOSE:
      return { type: 'close', record: word(1), id: word(2) };
    case kind.SPLIT:
      return { type: 'split', record: word(1) };
    case kind.SETTINGS:
      return readSettings(words, at);
    case kind.REMOTE:
      return readRemote(words, at);
    case kind.JOIN:
      return readJoin(words, at);
    default:
      return JSON.parse(readText(words, at)) as ThreadCommand;
  }
}

function write(words: Int32Array, which: number, values: readonly number[]): number {
  for (let index = 0; index < values.length; index++) words[index + 1] = values[index] as number;
  return end(words, which, values.length + 1);
}

function end(words: Int32Array, which: number, length: number): number {
  words[0] = which | (length << 8);
  return length;
}

function writeSettings(words: Int32Array, { record, settings }: Of<'settings'>): number {
  words[1] = record;
  words[2] = (settings.maySend ? settingsFlag.MAY_SEND : 0) | (settings.mayReceive ? settingsFlag.MAY_RECEIVE : 0);
  words[3] = settings.timeoutMs;
  words[4] = settings.clockRate;
  words[5] = settings.dtmfPayloadType;
  words[6] = settings.comfortNoisePayloadType;
  words[7] = settings.playPayloadType;
  words[8] = settings.playLaw;
  return end(words, kind.SETTINGS, 9);
}

function readSettings(words: Int32Array, at: number): Of<'settings'> {
  const flags = words[at + 2] as number;
  return {
    type: 'settings',
    record: words[at + 1] as number,
    settings: {
      maySend: (flags & settingsFlag.MAY_SEND) !== 0,
      mayReceive: (flags & settingsFlag.MAY_RECEIVE) !== 0,
      timeoutMs: words[at + 3] as number,
      clockRate: words[at + 4] as number,
      dtmfPayloadType: words[at + 5] as number,
      comfortNoisePayloadType: words[at + 6] as number,
      playPayloadType: words[at + 7] as number,
      playLaw: words[at + 8] as number,
    },
  };
}

function writeRemote(words: Int32Array, { record, remote, relock }: Of<'remote'>): number {
  words[1] = record;
  words[2] =
    (remote === null ? 0 : remoteFlag.KNOWN) |
    (remote?.mux === true ? remoteFlag.MUX : 0) |
    (relock ? remoteFlag.RELOCK : 0);
  if (remote === null) return end(words, kind.REMOTE, 3);
  for (let index = 0; index < remoteWords; index++) words[3 + index] = remote.words[index] as number;
  return end(words, kind.REMOTE, 3 + remoteWords);
}

function readRemote(words: Int32Array, at: number): Of<'remote'> {
  const flags = words[at + 2] as number;
  return {
    type: 'remote',
    record: words[at + 1] as number,
    remote:
      (flags & remoteFlag.KNOWN) === 0
        ? null
        : { words: words.slice(at + 3, at + 3 + remoteWords), mux: (flags & remoteFlag.MUX) !== 0 },
    relock: (flags & remoteFlag.RELOCK) !== 0,
  };
}

/** A pair of payload types is a word. */
function writeJoin(words: Int32Array, { a, b, mapAtoB, mapBtoA }: Of<'join'>): number {
  words[1] = a;
  words[2] = b;
  words[3] = mapAtoB.length;
  let length = 4;
  for (const map of [mapAtoB, mapBtoA]) for (const [from, to] of map) words[length++] = from | (to << 8);
  return end(words, kind.JOIN, length);
}

function readJoin(words: Int32Array, at: number): Of<'join'> {
  const behind = at + ((words[at] as number) >>> 8);
  const middle = at + 4 + (words[at + 3] as number);
  return {
    type: 'join',
    a: words[at + 1] as number,
    b: words[at + 2] as number,
    mapAtoB: readMap(words, at + 4, middle),
    mapBtoA: readMap(words, middle, behind),
  };
}

function readMap(words: Int32Array, from: number, behind: number): PayloadMap {
  const map: [number, number][] = [];
  for (let at = from; at < behind; at++) map.push([(words[at] as number) & 0xff, (words[at] as number) >>> 8]);
  return map;
}

function writeText(words: Int32Array, text: string): number {
  words[1] = text.length;
  for (let index = 0; index < text.length; index += 2)
    words[2 + (index >> 1)] =
      text.charCodeAt(index) | ((index + 1 < text.length ? text.charCodeAt(index + 1) : 0) << 16);
  return end(words, kind.JSON, 2 + ((text.length + 1) >> 1));
}

function readText(words: Int32Array, at: number): string {
  let text = '';
  for (let index = 0; index < (words[at + 1] as number); index++)
    text += String.fromCharCode(((words[at + 2 + (index >> 1)] as number) >>> ((index & 1) * 16)) & 0xffff);
  return text;
}
