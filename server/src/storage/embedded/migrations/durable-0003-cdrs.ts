/**
 * Call detail records. `summary` and `graph` are JSON, the columns beside them are what lists ask for. A call's id sorts by time, so the
 * primary key is the order of a list.
 */
import type { Migration } from './migration.ts';

const sql = `
CREATE TABLE cdrs (
  tenant TEXT NOT NULL, call TEXT NOT NULL,
  start_utc_ms INTEGER NOT NULL, from_user TEXT NOT NULL, to_user TEXT NOT NULL,
  outcome TEXT NOT NULL, cause TEXT NOT NULL,
  summary TEXT NOT NULL, graph TEXT NOT NULL,
  PRIMARY KEY (tenant, call)
) STRICT;
CREATE INDEX cdrs_from ON cdrs (tenant, from_user, call);
CREATE INDEX cdrs_to ON cdrs (tenant, to_user, call);
`;

export const cdrsMigration: Migration = { number: 3, name: 'cdrs', sql };
