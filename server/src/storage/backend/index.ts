/** #storage/backend: what every storage backend offers, and the errors they share. */
export type { StorageBackend } from './backend.ts';
export {
  schemaChanged,
  schemaNewer,
  storageClosed,
  storageFailed,
  storageOverloaded,
  storageUnavailable,
} from './errors.ts';
