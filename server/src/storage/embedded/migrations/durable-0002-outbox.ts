/** Durable events that wait to be handed on. AUTOINCREMENT: a position is never used twice, whatever was forgotten. */
import type { Migration } from './migration.ts';

const sql = `
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  event TEXT NOT NULL
) STRICT;
`;

export const outboxMigration: Migration = { number: 2, name: 'outbox', sql };
