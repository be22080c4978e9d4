/**
 * Tenant configuration: one table per kind of record. `body` is the whole record as JSON; the columns beside it are the
 * fields that rules need (unique, references), named like the field with dots as underscores.
 */
import type { Migration } from './migration.ts';

const sql = `
CREATE TABLE tenants (
  tenant TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  name TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (name)
) STRICT;

CREATE TABLE domains (
  tenant TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
  id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  name TEXT, alias_of TEXT, own_addresses TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (name), UNIQUE (own_addresses),
  FOREIGN KEY (tenant, alias_of) REFERENCES domains (tenant, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE users (
  tenant TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
  id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  extension TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (tenant, extension)
) STRICT;

CREATE TABLE identities (
  tenant TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
  id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  "user" TEXT, domain TEXT, local_part TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (domain, local_part),
  FOREIGN KEY (tenant, "user") REFERENCES users (tenant, id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant, domain) REFERENCES domains (tenant, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX identities_user ON identities (tenant, "user");

CREATE TABLE devices (
  tenant TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
  id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  "user" TEXT, domain TEXT, username TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (domain, username),
  FOREIGN KEY (tenant, "user") REFERENCES users (tenant, id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant, domain) REFERENCES domains (tenant, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX devices_user ON devices (tenant, "user");

CREATE TABLE trunks (
  tenant TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
  id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  name TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (tenant, name)
) STRICT;

CREATE TABLE routes (
  tenant TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
  id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  prefix TEXT, trunk TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (tenant, prefix, trunk),
  FOREIGN KEY (tenant, trunk) REFERENCES trunks (tenant, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX routes_trunk ON routes (tenant, trunk);

CREATE TABLE numbers (
  tenant TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
  id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  digits TEXT, e164 TEXT, destination_user TEXT, destination_trunk TEXT,
  PRIMARY KEY (tenant, id), UNIQUE (id), UNIQUE (tenant, digits), UNIQUE (e164),
  FOREIGN KEY (tenant, destination_user) REFERENCES users (tenant, id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant, destination_trunk) REFERENCES trunks (tenant, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX numbers_user ON numbers (tenant, destination_user);
CREATE INDEX numbers_trunk ON numbers (tenant, destination_trunk);

CREATE TABLE revisions (
  tenant TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL,
  author TEXT NOT NULL, utc_ms INTEGER NOT NULL, summary TEXT NOT NULL, changes TEXT NOT NULL,
  idempotency_key TEXT, fingerprint TEXT,
  PRIMARY KEY (tenant, number), UNIQUE (id), UNIQUE (tenant, idempotency_key)
) STRICT;
`;

export const configurationMigration: Migration = { number: 1, name: 'configuration', sql };
