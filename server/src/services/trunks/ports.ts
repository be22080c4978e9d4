/** Port: sending to a trunk's peer. The SIP edge implements it. */
import type { ProbeResult } from './trunk-health.ts';
import type { TrunkRecord } from './trunk-views.ts';

export interface TrunkSignalling {
  /** One REGISTER; the answer to TrunkKeeper.registerAnswered or registerFailed. */
  sendRegister(trunk: TrunkRecord, request: { readonly expiresSec: number; readonly withCredentials: boolean }): void;
  /** One OPTIONS; `done` is called once, in a later turn, and it may take long. */
  sendOptions(trunk: TrunkRecord, done: (result: ProbeResult) => void): void;
}
