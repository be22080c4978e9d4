/** #storage/backend: what every storage backend offers, and the errors they share. */
export type { StorageBackend } from './backend.ts';
export {
  schemaChanged,
  schemaNewer,
  storageClosed,
  storageFailed,
  storageNotOpened,
  storageOverloaded,
  storageUnavailable,
} from './errors.ts';
