/**
 * The commands that every call needs, as octets instead of JSON, from version 2 on: opening a session, telling a stream its peer, joining two, closing. Only
 * commands that are told (`quiet`) come so; they bear no key, since nobody repeats what nobody waits for.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |       1       |     verb      |  epoch, 64-bit float, big     |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               |
 *    |  endian                                                       |
 *    |               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |               |  fields, as the functions below write them    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Text is an octet of length and ASCII. Leaves out: what does not fit into these fields (text that is no ASCII, a number out of range): that is sent as JSON, and
 * refused there if it is wrong. The limits are those of check-command.ts; a test holds the two together.
 */
import { Buffer } from 'node:buffer';
import type { CommandOf, MediaCommand } from './command.ts';
import { OctetReader } from './octet-reader.ts';
import { OctetWriter } from './octet-writer.ts';
import type { CodecSpec, Direction, MediaKind, PayloadMap, RemoteAddress, StreamSpec } from './stream-spec.ts';

/** The first octet; JSON begins with others. */
export const toldMark = 1;

const verbs = ['openSession', 'updateStream', 'join', 'closeSession'] as const;
type ToldVerb = (typeof verbs)[number];

const kinds: readonly MediaKind[] = ['audio', 'video', 'image', 'text', 'application'];
const directions: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
const most = { streams: 64, codecs: 64, pairs: 128, timeoutMs: 86_400_000, id: 128, name: 64 } as const;
const headerBytes = 10;
const streamHas = { ADDRESS: 1, DSCP: 2, TIMEOUT: 4, TRANSPORT: 8 } as const;
const changes = { REMOTE: 1, DIRECTION: 2, CODECS: 4, DTMF: 8, TIMEOUT: 16, RELOCK_SAID: 32, RELOCK: 64 } as const;
const remoteHas = { RTCP_PORT: 1, MUX_SAID: 2, MUX: 4 } as const;
const noPayloadType = 255;

const scratch = new OctetWriter(Buffer.allocUnsafeSlow(64 * 1024));

/** One frame with its length; null where the command is not one of these or does not fit: send it as JSON. */
export function encodeToldFrame(command: MediaCommand, epoch: number): Uint8Array | null {
  const verb = verbs.indexOf(command.verb as ToldVerb);
  if (verb < 0) return null;
  const to = scratch;
  to.begin();
  to.integer(0, 4);
  to.integer(toldMark, 1);
  to.integer(verb, 1);
  to.double(epoch);
  if (command.verb === 'openSession') writeOpen(to, command);
  else if (command.verb === 'updateStream') writeUpdate(to, command);
  else if (command.verb === 'join') writeJoin(to, command);
  else if (command.verb === 'closeSession') to.text(command.sessionId);
  return to.frame();
}

export type ToldFrame =
  | { readonly ok: true; readonly epoch: number; readonly command: MediaCommand }
  | { readonly ok: false; readonly problem: string };

/** @param bytes of one frame, without its length, beginning with {@link toldMark} */
export function decodeToldFrame(bytes: Uint8Array): ToldFrame {
  const from = new OctetReader(bytes);
  from.skip(1);
  const verb = verbs[from.integer(1, { min: 0, max: verbs.length - 1 })] as ToldVerb;
  const epoch = from.double();
  if (bytes.length < headerBytes) return { ok: false, problem: 'shorter than its header' };
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > 2 ** 52) return { ok: false, problem: 'epoch' };
  const command = readCommand(from, verb);
  return from.isWhole ? { ok: true, epoch, command } : { ok: false, problem: `${verb}: a field at ${from.problemAt}` };
}

function readCommand(from: OctetReader, verb: ToldVerb): MediaCommand {
  switch (verb) {
    case 'openSession':
      return readOpen(from);
    case 'updateStream':
      return readUpdate(from);
    case 'join':
      return { verb, a: id(from), b: id(from), payloadMapAtoB: readMap(from), payloadMapBtoA: readMap(from) };
    case 'closeSession':
      return { verb, sessionId: id(from) };
  }
}

function writeOpen(to: OctetWriter, { sessionId, callId, nearSessionId, streams }: CommandOf<'openSession'>): void {
  to.text(sessionId);
  to.text(callId);
  to.text(nearSessionId ?? '');
  to.count(streams.length, most.streams);
  for (const { streamId, kind, address, dscp, timeoutMs, transportId } of streams) {
    to.text(streamId);
    to.integer(kinds.indexOf(kind), 1);
    to.integer(
      (address === undefined ? 0 : streamHas.ADDRESS) |
        (dscp === undefined ? 0 : streamHas.DSCP) |
        (timeoutMs === undefined ? 0 : streamHas.TIMEOUT) |
        (transportId === undefined ? 0 : streamHas.TRANSPORT),
      1,
    );
    if (address !== undefined) to.text(address);
    if (dscp !== undefined) to.integer(dscp, 1);
    if (timeoutMs !== undefined) to.integer(timeoutMs, 4);
    if (transportId !== undefined) to.text(transportId);
  }
}

function readOpen(from: OctetReader): MediaCommand {
  const sessionId = id(from);
  const callId = id(from);
  const near = from.text(0, most.id);
  const streams: StreamSpec[] = [];
  for (let left = from.integer(1, { min: 0, max: most.streams }); left > 0 && from.isSound; left--) {
    const streamId = id(from);
    const kind = kinds[from.integer(1, { min: 0, max: kinds.length - 1 })] as MediaKind;
    const has = from.integer(1, { min: 0, max: 15 });
    streams.push({
      streamId,
      kind,
      ...((has & streamHas.ADDRESS) === 0 ? {} : { address: from.text(1, most.name) }),
      ...((has & streamHas.DSCP) === 0 ? {} : { dscp: from.integer(1, { min: 0, max: 63 }) }),
      ...((has & streamHas.TIMEOUT) === 0 ? {} : { timeoutMs: from.integer(4, { min: 0, max: most.timeoutMs }) }),
      ...((has & streamHas.TRANSPORT) === 0 ? {} : { transportId: id(from) }),
    });
  }
  return { verb: 'openSession', sessionId, callId, streams, ...(near === '' ? {} : { nearSessionId: near }) };
}

function writeUpdate(to: OctetWriter, command: CommandOf<'updateStream'>): void {
  const { streamId, remote, direction, codecs, dtmfPayloadType, timeoutMs, relock } = command;
  to.text(streamId);
  to.integer(
    (remote === undefined ? 0 : changes.REMOTE) |
      (direction === undefined ? 0 : changes.DIRECTION) |
      (codecs === undefined ? 0 : changes.CODECS) |
      (dtmfPayloadType === undefined ? 0 : changes.DTMF) |
      (timeoutMs === undefined ? 0 : changes.TIMEOUT) |
      (relock === undefined ? 0 : changes.RELOCK_SAID) |
      (relock === true ? changes.RELOCK : 0),
    1,
  );
  if (remote !== undefined) writeRemote(to, remote);
  if (direction !== undefined) to.integer(directions.indexOf(direction), 1);
  if (codecs !== undefined) {
    to.count(codecs.length, most.codecs);
    for (const codec of codecs) {
      to.integer(codec.payloadType, 1);
      to.text(codec.name);
      to.integer(codec.clockRate, 4);
      to.integer(codec.channels ?? 0, 1);
      // A said zero is none of the unsaid.
      if (codec.channels === 0) to.refuse();
    }
  }
  if (dtmfPayloadType !== undefined) to.integer(dtmfPayloadType ?? noPayloadType, 1);
  if (timeoutMs !== undefined) to.integer(timeoutMs, 4);
}

function readUpdate(from: OctetReader): MediaCommand {
  const streamId = id(from);
  const has = from.integer(1, { min: 0, max: 127 });
  return {
    verb: 'updateStream',
    streamId,
    ...((has & changes.REMOTE) === 0 ? {} : { remote: readRemote(from) }),
    ...((has & changes.DIRECTION) === 0
      ? {}
      : { direction: directions[from.integer(1, { min: 0, max: directions.length - 1 })] as Direction }),
    ...((has & changes.CODECS) === 0 ? {} : { codecs: readCodecs(from) }),
    ...((has & changes.DTMF) === 0 ? {} : { dtmfPayloadType: readKeys(from) }),
    ...((has & changes.TIMEOUT) === 0 ? {} : { timeoutMs: from.integer(4, { min: 0, max: most.timeoutMs }) }),
    ...((has & changes.RELOCK_SAID) === 0 ? {} : { relock: (has & changes.RELOCK) !== 0 }),
  };
}

function writeRemote(to: OctetWriter, { address, port, rtcpPort, rtcpMux }: RemoteAddress): void {
  to.integer(
    (rtcpPort === undefined ? 0 : remoteHas.RTCP_PORT) |
      (rtcpMux === undefined ? 0 : remoteHas.MUX_SAID) |
      (rtcpMux === true ? remoteHas.MUX : 0),
    1,
  );
  to.text(address);
  to.integer(port, 2);
  if (rtcpPort !== undefined) to.integer(rtcpPort, 2);
}

function readRemote(from: OctetReader): RemoteAddress {
  const has = from.integer(1, { min: 0, max: 7 });
  return {
    address: from.text(1, most.name),
    port: from.integer(2, { min: 1, max: 65_535 }),
    ...((has & remoteHas.RTCP_PORT) === 0 ? {} : { rtcpPort: from.integer(2, { min: 1, max: 65_535 }) }),
    ...((has & remoteHas.MUX_SAID) === 0 ? {} : { rtcpMux: (has & remoteHas.MUX) !== 0 }),
  };
}

function readCodecs(from: OctetReader): CodecSpec[] {
  const codecs: CodecSpec[] = [];
  for (let left = from.integer(1, { min: 0, max: most.codecs }); left > 0 && from.isSound; left--) {
    const payloadType = from.integer(1, { min: 0, max: 127 });
    const name = from.text(1, most.name);
    const clockRate = from.integer(4, { min: 1, max: 1_000_000 });
    const channels = from.integer(1, { min: 0, max: 255 });
    codecs.push({ payloadType, name, clockRate, ...(channels === 0 ? {} : { channels }) });
  }
  return codecs;
}

function readKeys(from: OctetReader): number | null {
  const type = from.integer(1, { min: 0, max: 255 });
  if (type > 127 && type !== noPayloadType) from.refuse();
  return type === noPayloadType ? null : type;
}

function writeJoin(to: OctetWriter, { a, b, payloadMapAtoB, payloadMapBtoA }: CommandOf<'join'>): void {
  to.text(a);
  to.text(b);
  for (const map of [payloadMapAtoB, payloadMapBtoA]) {
    to.count(map.length, most.pairs);
    for (const [from, into] of map) {
      to.integer(from, 1);
      to.integer(into, 1);
    }
  }
}

function readMap(from: OctetReader): PayloadMap {
  const map: [number, number][] = [];
  for (let left = from.integer(1, { min: 0, max: most.pairs }); left > 0 && from.isSound; left--)
    map.push([from.integer(1, { min: 0, max: 127 }), from.integer(1, { min: 0, max: 127 })]);
  return map;
}

function id(from: OctetReader): string {
  return from.text(1, most.id);
}
