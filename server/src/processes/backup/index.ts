/** Backup of a running installation, and restore into a data folder that is not in use. */
export { type RestoreResult, restoreBackup } from './restore-backup.ts';
export { type BackupResult, writeBackup } from './write-backup.ts';
