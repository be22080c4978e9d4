/** #storage/embedded: SQLite in a worker thread, the default backend. */
export { type EmbeddedStorage, type EmbeddedStorageOptions, openEmbeddedStorage } from './embedded-storage.ts';
