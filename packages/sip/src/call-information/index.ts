/** What is said about a call beside the call itself: where it has been, what its ends call it, how it is to ring. */
export { type Diversion, formatDiversion, parseDiversion } from './diversion.ts';
export { diversionsOf, historyOf } from './diverted-history.ts';
export {
  addHistory,
  formatHistoryEntry,
  type HistoryEntry,
  type HistoryStep,
  hideHistoryEntry,
  parseHistory,
  parseHistoryEntry,
  type SentOn,
} from './history-info.ts';
export {
  type AlertUrn,
  formatAlertUrn,
  formatLinkedUri,
  type LinkedUri,
  parseAlertUrn,
  parseLinkedUri,
} from './linked-uri.ts';
export {
  createSessionUuid,
  formatSessionId,
  isSessionUuid,
  nilSessionId,
  parseSessionId,
  type SessionId,
} from './session-id.ts';
export { bytesOfUserToUser, formatUserToUser, parseUserToUser, type UserToUser } from './user-to-user.ts';
