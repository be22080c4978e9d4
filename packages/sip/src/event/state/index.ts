/** What event packages say: documents, and what a watcher makes of those that come in parts. */
export * from './conference-info.ts';
export * from './dialog-info.ts';
export { type Folding, foldVersion } from './fold-version.ts';
export * from './message-summary.ts';
export * from './pidf.ts';
export * from './reginfo.ts';
