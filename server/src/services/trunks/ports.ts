/** Port: sending to a trunk's peer. The SIP edge implements it; answers come back through TrunkKeeper. */
import type { TrunkRecord } from './trunk-views.ts';

export interface TrunkSignalling {
  /** One REGISTER; the answer to TrunkKeeper.registerAnswered or registerFailed. */
  sendRegister(trunk: TrunkRecord, request: { readonly expiresSec: number; readonly withCredentials: boolean }): void;
  /** One OPTIONS; the answer to TrunkKeeper.optionsAnswered. */
  sendOptions(trunk: TrunkRecord): void;
}
