/** What the functions of this folder take and give in common: our ports, the ways it can fail. */

/** Where we receive one medium of one leg. */
export interface LocalPort {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  /** RTP and RTCP on one port are welcome (RFC 5761); default: no. */
  readonly rtcpMux?: boolean;
}

/** Becomes 488 with a cause that names both lists. */
export interface NegotiationFailure {
  readonly code: 'no-common-codec' | 'not-acceptable';
  readonly detail: string;
}

export interface Refused {
  readonly ok: false;
  readonly failure: NegotiationFailure;
}

export function refuse(code: NegotiationFailure['code'], detail: string): Refused {
  return { ok: false, failure: { code, detail } };
}
