/** #services/presence: who may watch whom, and what there is to see. */
export type { DialogPhase, UserDialog } from './dialogs-of-call.ts';
export type { Lamps } from './lamps.ts';
export type { StoredSubscription, SubscriptionLog } from './ports.ts';
export {
  type Aspect,
  createPresence,
  type MessageCount,
  type Presence,
  type PresencePorts,
  type RegistrationChange,
  type Watched,
  type Watcher,
} from './presence.ts';
export type { WatchLimits } from './quotas.ts';
