/** #storage/embedded: SQLite in a worker thread, the default backend. */
export {
  beginStorageThread,
  type EmbeddedStorage,
  type EmbeddedStorageOptions,
  openEmbeddedStorage,
  type StorageThread,
} from './embedded-storage.ts';
