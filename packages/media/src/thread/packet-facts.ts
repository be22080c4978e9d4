/** The fields of the packet being handled: one object for all packets of a thread. */
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
