/** Hard limits on everything that a peer can make long or many. Beyond one of them a message is a parse failure, never slow. */
export interface Limits {
  /** Request line or status line, bytes. */
  readonly startLineBytes: number;
  /** One header row with its folded lines, bytes. */
  readonly headerBytes: number;
  readonly headerCount: number;
  /** Start line and all headers, bytes. */
  readonly headBytes: number;
  readonly bodyBytes: number;
  /** Parameters of one value (a Via, an address, a challenge). */
  readonly paramsPerValue: number;
  /** Comma-separated values of one header, all its rows together. */
  readonly valuesPerList: number;
}

export const DEFAULT_LIMITS: Limits = {
  startLineBytes: 4_096,
  headerBytes: 16_384,
  headerCount: 256,
  headBytes: 65_535,
  bodyBytes: 1_048_576,
  paramsPerValue: 64,
  valuesPerList: 128,
};
