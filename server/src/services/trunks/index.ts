/** #services/trunks: the peers we exchange calls with, and which calls go to which. */
export type { AddRoute } from './add-route.ts';
export type { TrunkDraft } from './make-trunk.ts';
export type { Source } from './match-source.ts';
export type { TrunkSignalling } from './ports.ts';
export * from './records.ts';
export type { InboundResolution } from './resolve-inbound.ts';
export type { OutboundChoice } from './resolve-outbound.ts';
export type { ProbeResult, TrunkHealth, TrunkStatus } from './trunk-health.ts';
export {
  createTrunkKeeper,
  type TrunkKeeper,
  type TrunkKeeperOptions,
  type TrunkReport,
  trunkStatusChanged,
} from './trunk-keeper.ts';
export type { RegistrationNews } from './trunk-registration.ts';
export type { RouteRecord, TrunkRecord, TrunkViews } from './trunk-views.ts';
export { createTrunks, type Trunks } from './trunks.ts';
export type { UpdateTrunk } from './update-trunk.ts';
export type { TrunkActor } from './verb.ts';
