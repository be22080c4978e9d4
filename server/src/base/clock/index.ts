/** #base/clock: monotonic and UTC time as an argument. */
export { createTimeSource, fromUtcDeadline, type MonotonicClock, type TimeSource, toUtcDeadline } from './clock.ts';
export { createManualTime, type ManualTime } from './manual-time.ts';
export { createSystemTime } from './system-time.ts';
