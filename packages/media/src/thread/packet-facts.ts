/**
 * The fields of the packet being handled: one object for all packets of a thread. Functions of the packet path take plain numbers side by side (region,
 * base, source ...) where elsewhere an options object would stand: an object per packet is what this path does without.
 */
export interface PacketFacts {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  nowMs: number;
}

export function createPacketFacts(): PacketFacts {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, nowMs: 0 };
}
