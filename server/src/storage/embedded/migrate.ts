/**
 * Brings a database file to the newest schema: each missing migration in a transaction of its own, in order. Refuses a file
 * whose applied migrations are not the ones known here, or that is newer. There is no way back: a backup is.
 */
import { createHash } from 'node:crypto';
import { schemaChanged, schemaNewer } from '#storage/backend';
import type { Database } from './database.ts';
import type { Migration } from './migrations/index.ts';

/** Returns the numbers that were applied now. */
export function migrate(database: Database, migrations: readonly Migration[], nowUtcMs: number): readonly number[] {
  database.exec(`CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, utc_ms INTEGER NOT NULL
  ) STRICT`);
  const applied = database.rows('SELECT number, name, checksum FROM migrations ORDER BY number');
  const newest = Number(applied.at(-1)?.number ?? 0);
  if (newest > migrations.length) throw schemaNewer(database.file, newest, migrations.length);
  applied.forEach((row, i) => {
    const known = migrations[i];
    const same = known !== undefined && row.number === known.number && row.checksum === checksum(known);
    if (!same) throw schemaChanged(database.file, `${String(row.number)} (${String(row.name)})`);
  });
  const missing = migrations.slice(applied.length);
  for (const migration of missing) apply(database, migration, nowUtcMs);
  return missing.map((migration) => migration.number);
}

function apply(database: Database, migration: Migration, nowUtcMs: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(migration.sql);
    database.run(
      'INSERT INTO migrations (number, name, checksum, utc_ms) VALUES (?, ?, ?, ?)',
      migration.number,
      migration.name,
      checksum(migration),
      Math.floor(nowUtcMs),
    );
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

export function checksum(migration: Migration): string {
  return createHash('sha256').update(`${migration.number} ${migration.name}\n${migration.sql}`).digest('hex');
}
