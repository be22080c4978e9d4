/** What every bench is told: how long, how often, how much. */
import type { Ports } from '../interop/peers/ports.ts';

export interface BenchSettings {
  readonly ports: Ports;
  readonly folder: string;
  /** At least three for a figure that is published. */
  readonly runs: number;
  readonly seconds: number;
  /** Calls or registrations a second. */
  readonly rate: number;
  readonly relayCalls: number;
  /** Without Ringdown: the peer and the generator alone. */
  readonly peerOnly: boolean;
}
