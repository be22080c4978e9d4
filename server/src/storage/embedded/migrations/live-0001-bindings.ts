/** The registrar's bindings, one row per AOR. */
import type { Migration } from './migration.ts';

const sql = `
CREATE TABLE bindings (
  tenant TEXT NOT NULL, aor TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (tenant, aor)
) STRICT, WITHOUT ROWID;
`;

export const bindingsMigration: Migration = { number: 1, name: 'bindings', sql };
