/** Port: sending to a trunk's peer. The SIP edge implements it. */
import type { ProbeResult } from './trunk-health.ts';
import type { TrunkRecord } from './trunk-views.ts';

export interface TrunkSignalling {
  /** Registers with its peer and keeps that up; what becomes of it is told to TrunkKeeper.registrationNews. */
  register(trunk: TrunkRecord): void;
  /** Takes it back. */
  unregister(trunk: TrunkRecord): void;
  /** One OPTIONS; `done` is called once, in a later turn, and it may take long. */
  sendOptions(trunk: TrunkRecord, done: (result: ProbeResult) => void): void;
}
