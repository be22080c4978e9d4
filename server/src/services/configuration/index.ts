/** #services/configuration: the truth of what tenants configured: records, versions, revisions, and views of them. */
export {
  type ChangeRequest,
  type Configuration,
  type ConfigurationOptions,
  configurationChanged,
  createConfiguration,
  type RecordWatcher,
} from './configuration.ts';
export { expectCommitted, refusalError } from './errors.ts';
export type {
  Commit,
  CommitOutcome,
  CommittedChange,
  ConfigurationLoader,
  ConfigurationStore,
  Page,
  RecordChange,
  RecordName,
  Revision,
  RevisionChange,
  StoredRecord,
} from './ports.ts';
export { columnFields, type RecordKind, type ReferenceRule, recordKind, type UniqueRule } from './record-kind.ts';
export { createRecordView, type KeyOf, type RecordView } from './record-view.ts';
