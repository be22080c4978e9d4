/** #base/log: structured log lines without secrets. */
export {
  createLog,
  type Log,
  type LogFields,
  type LogLevel,
  type LogLine,
  type LogOptions,
} from './log.ts';
export { masked, maskFields, maskText } from './mask.ts';
