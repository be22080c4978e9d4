/** The outbox in SQL. */
import type { EventEnvelope, OutboxEntry } from '#base/events';
import type { Database } from '../database.ts';
import type { OutboxRow } from '../protocol.ts';

export function addToOutbox(database: Database, event: EventEnvelope): void {
  addRowToOutbox(database, [event.tenant, JSON.stringify(event)]);
}

export function addRowToOutbox(database: Database, row: OutboxRow): void {
  database.run('INSERT INTO outbox (tenant, event) VALUES (?, ?)', ...row);
}

export interface OutboxTable {
  after(position: number, limit: number): readonly OutboxEntry[];
  forgetThrough(position: number): void;
}

export function createOutboxTable(database: Database): OutboxTable {
  return {
    after: (position, limit) =>
      database
        .rows('SELECT position, event FROM outbox WHERE position > ? ORDER BY position LIMIT ?', position, limit)
        .map((row) => ({
          position: Number(row.position),
          event: JSON.parse(String(row.event)) as EventEnvelope,
        })),
    forgetThrough: (position) => void database.run('DELETE FROM outbox WHERE position <= ?', position),
  };
}
