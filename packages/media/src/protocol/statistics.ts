/** Figures per stream. "Received" is what the peer sent us; "sent" is what we sent the peer, as its receiver reports say it arrived. */

export interface DirectionStatistics {
  readonly packets: number;
  /** Payload octets, headers not counted (RFC 3550 §6.4.1). */
  readonly octets: number;
  /** Cumulative; negative where duplicates outnumber losses (RFC 3550 §6.4.1). For `sent`: as the peer reported, 0 without reports. */
  readonly lost: number;
  /** Of the packets expected since the last `quality` event (in final statistics: over all), 0-100. */
  readonly lossPercent: number;
  /** RFC 3550 §A.8. */
  readonly jitterMs: number;
  /** ITU-T G.107 estimate for this direction's codec, 1.0-4.5; null before there is anything to judge, or for codecs without a figure. */
  readonly mos: number | null;
}

export interface StreamStatistics {
  readonly streamId: string;
  readonly received: DirectionStatistics;
  readonly sent: DirectionStatistics;
  /** From the peer's receiver reports (RFC 3550 §6.4.1); null without any. */
  readonly roundTripMs: number | null;
  /** Packets refused since their source was not the latched one. */
  readonly refused: number;
  /** Packets that were no RTP or RTCP, or that arrived against the direction or with an unmapped payload type. */
  readonly dropped: number;
  readonly firstRtpAtUtcMs: number | null;
  readonly lastRtpAtUtcMs: number | null;
}

export interface SessionStatistics {
  readonly sessionId: string;
  readonly streams: readonly StreamStatistics[];
  readonly lastRtpAtUtcMs: number | null;
}
