/** What the media engine must know of one stream once both sides of a leg have spoken. */

import type { CodecSpec, RemoteAddress } from '@ringdown/media/protocol';
import {
  type Codec,
  commonDirection,
  connectionAddress,
  type Direction,
  eventsBeside,
  isRtcpMux,
  isTelephoneEvent,
  type MediaDescription,
  maxPacketTimeMs,
  mediaDirection,
  mirrorDirection,
  packetTimeMs,
  rtcpPort,
  type SessionDescription,
  sharedCodecs,
  statedDirection,
} from '@ringdown/sdp';
import { isCompanion } from './codec-policy.ts';
import { addressOf, firstLines, isAlike, isUsual, Remembered } from './remembered.ts';

export interface StreamSettings {
  readonly remote: RemoteAddress;
  /** Ours, as far as the peer goes along. */
  readonly direction: Direction;
  /** What both named, by the peer's numbers and in its order. */
  readonly codecs: readonly CodecSpec[];
  /** On the clock of the first codec, where there is one. */
  readonly dtmfPayloadType: number | null;
}

/**
 * Null where the line is off on either side. `local` and `remote` are the leg's descriptions of ours and of the peer. An address of zeros in ours is no
 * hold: the edge puts in the address that this peer reaches us by.
 */
export function streamSettings(
  local: SessionDescription,
  remote: SessionDescription,
  at: number,
): StreamSettings | null {
  const asked = { local, remote, at };
  const of = firstLines(remote);
  const before = remembered.find(of, asked, isMadeOf);
  if (before === undefined) {
    const settings = readSettings(asked);
    if (settings !== null && isUsual(local) && isUsual(remote)) remembered.keep(of, { ...asked, settings });
    return settings;
  }
  const { settings } = before;
  const theirs = remote.media[at];
  const address = theirs === undefined ? null : addressOf(remote, theirs);
  if (theirs === undefined || address === null) return null;
  return { ...settings, remote: { ...settings.remote, address, port: theirs.port } };
}

interface Asked {
  readonly local: SessionDescription;
  readonly remote: SessionDescription;
  readonly at: number;
}

interface MadeSettings extends Asked {
  readonly settings: StreamSettings;
}

const remembered = new Remembered<MadeSettings>();

function isMadeOf(made: MadeSettings, asked: Asked): boolean {
  return made.at === asked.at && isAlike(made.local, asked.local) && isAlike(made.remote, asked.remote);
}

function readSettings({ local, remote, at }: Asked): StreamSettings | null {
  const ours = local.media[at];
  const theirs = remote.media[at];
  if (ours === undefined || theirs === undefined || ours.port === 0 || theirs.port === 0) return null;
  const address = connectionAddress(remote, theirs);
  if (address === null) return null;
  const codecs = sharedCodecs(ours, theirs);
  const voices = codecs.filter((codec) => !isTelephoneEvent(codec));
  const rtcp = rtcpPort(theirs);
  const isMuxed = isRtcpMux(theirs) && isRtcpMux(ours);
  return {
    remote: {
      address,
      port: theirs.port,
      ...(rtcp === undefined ? {} : { rtcpPort: rtcp }),
      ...(isMuxed ? { rtcpMux: true } : {}),
    },
    direction: commonDirection(statedDirection(local, ours), mirrorDirection(mediaDirection(remote, theirs))),
    codecs: voices.map(({ payloadType, name, clockRate, channels }) => ({ payloadType, name, clockRate, channels })),
    dtmfPayloadType: keysBeside(voices, codecs),
  };
}

function keysBeside(voices: readonly Codec[], codecs: readonly Codec[]): number | null {
  const voice = voices.find((codec) => !isCompanion(codec));
  const events = voice === undefined ? codecs.find(isTelephoneEvent) : eventsBeside(voice, codecs);
  return events?.payloadType ?? null;
}

/** How much sound to put into each packet to the peer: its wish, within what it takes; 20 ms unsaid (RFC 3551 §4.2). */
export function packetTimeTo(remote: MediaDescription): number {
  return Math.min(packetTimeMs(remote) ?? 20, maxPacketTimeMs(remote) ?? Number.POSITIVE_INFINITY);
}
