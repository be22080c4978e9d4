/** The numbered migrations of the two database files, in order. */
import { configurationMigration } from './durable-0001-configuration.ts';
import { outboxMigration } from './durable-0002-outbox.ts';
import { cdrsMigration } from './durable-0003-cdrs.ts';
import { bindingsMigration } from './live-0001-bindings.ts';
import type { Migration } from './migration.ts';

export type { Migration } from './migration.ts';
/** Configuration, revisions, outbox, call detail records: what must survive a power loss. */
export const durableMigrations: readonly Migration[] = [configurationMigration, outboxMigration, cdrsMigration];
/** Bindings: what comes back by itself. */
export const liveMigrations: readonly Migration[] = [bindingsMigration];
