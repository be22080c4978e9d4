import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnFields } from '#services/configuration';
import { contractKinds } from '../contract/contract-scene.test.ts';
import { type Database, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { durableMigrations, liveMigrations, type Migration } from './migrations/index.ts';

const fresh = (): Database => openDatabase(':memory:', false);
const schemaOf = (database: Database) =>
  database.rows("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name");

for (const [name, migrations] of [
  ['durable', durableMigrations],
  ['live', liveMigrations],
] as const) {
  test(`${name}: numbers are 1, 2, 3 without gaps`, () => {
    assert.deepEqual(
      migrations.map((migration) => migration.number),
      migrations.map((_, i) => i + 1),
    );
  });

  for (let from = 0; from <= migrations.length; from++) {
    test(`${name}: from schema ${from} to the newest gives the same schema as from empty`, () => {
      const whole = fresh();
      migrate(whole, migrations, 1);
      const stepwise = fresh();
      migrate(stepwise, migrations.slice(0, from), 1);
      const applied = migrate(stepwise, migrations, 2);
      assert.deepEqual(
        applied,
        migrations.slice(from).map((migration) => migration.number),
      );
      assert.deepEqual(schemaOf(stepwise), schemaOf(whole));
    });
  }
}

test('what stands in an older schema is kept by the migrations after it', () => {
  const database = fresh();
  migrate(database, durableMigrations.slice(0, 1), 1);
  database.run("INSERT INTO tenants (tenant, id, version, body, name) VALUES ('t', 't', 1, '{}', 'ours')");
  migrate(database, durableMigrations, 2);
  assert.equal(database.row('SELECT name FROM tenants')?.name, 'ours');
});

test('a second run does nothing', () => {
  const database = fresh();
  migrate(database, durableMigrations, 1);
  assert.deepEqual(migrate(database, durableMigrations, 2), []);
});

test('a migration whose text changed after it was applied is refused', () => {
  const database = fresh();
  migrate(database, durableMigrations, 1);
  const changed = durableMigrations.map((m, i) => (i === 0 ? { ...m, sql: `${m.sql} -- later` } : m));
  assert.throws(() => migrate(database, changed, 2), { code: 'storage.schema-changed' });
});

test('a file of a newer version is refused', () => {
  const database = fresh();
  migrate(database, durableMigrations, 1);
  assert.throws(() => migrate(database, durableMigrations.slice(0, -1), 2), { code: 'storage.schema-newer' });
});

test('a migration that fails half-way leaves nothing of itself', () => {
  const database = fresh();
  const bad: Migration = { number: 1, name: 'bad', sql: 'CREATE TABLE a (x TEXT); CREATE TABLE a (x TEXT);' };
  assert.throws(() => migrate(database, [bad], 1));
  assert.deepEqual(
    schemaOf(database).map((row) => row.name),
    ['migrations'],
  );
});

test('every kind has its table with a column for each field that rules need', () => {
  const database = fresh();
  migrate(database, durableMigrations, 1);
  for (const kind of contractKinds) {
    const columns = database.rows(`PRAGMA table_info(${kind.table})`).map((row) => String(row.name));
    for (const field of columnFields(kind)) {
      const column = field.replaceAll('.', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      assert.ok(columns.includes(column), `${kind.table} lacks ${column}`);
    }
  }
});
