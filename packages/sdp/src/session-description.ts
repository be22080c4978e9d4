/**
 * A session description (RFC 8866) as plain data: JSON goes in and out unchanged, since it is stored with a call. Only what routing needs is
 * taken apart; every other line is kept as it came, in its order.
 */

/** One line: the letter, and all behind the equals sign. */
export interface SdpLine {
  readonly type: string;
  readonly value: string;
}

/** RFC 8866 §5.2. Ids are decimal text: they may be 64 bits wide. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly addressType: 'IP4' | 'IP6';
  readonly address: string;
  /** The value as its writer spelled it, where we would spell it otherwise (blanks, leading zeros). Outlived by any edit of the fields. */
  readonly written?: string;
}

export interface MediaDescription {
  /** audio, video, image, text, application, message, or what is yet to come. */
  readonly kind: string;
  /** 0: rejected or switched off (RFC 3264 §6). */
  readonly port: number;
  /** The count behind the slash, where there is one. */
  readonly portCount: number | null;
  /** RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVPF, udptl … */
  readonly protocol: string;
  /** Payload types, or what the protocol calls a format. */
  readonly formats: readonly string[];
  /** i, c, b, k and a lines in their order. */
  readonly lines: readonly SdpLine[];
  /** As in Origin. */
  readonly written?: string;
}

export interface SessionDescription {
  readonly origin: Origin;
  /** All session-level lines but v and o, in their order. */
  readonly lines: readonly SdpLine[];
  readonly media: readonly MediaDescription[];
}
