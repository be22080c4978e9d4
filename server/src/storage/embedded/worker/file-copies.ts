/** Copies of the database files as of one moment, compact and without a write-ahead log, while everybody goes on reading and writing. */
import { basename, join } from 'node:path';
import type { Database } from '../database.ts';

export interface FileCopies {
  copyTo(folder: string): void;
}

export function createFileCopies(databases: readonly Database[]): FileCopies {
  return {
    copyTo(folder) {
      for (const database of databases) database.run('VACUUM INTO ?', join(folder, basename(database.file)));
    },
  };
}
