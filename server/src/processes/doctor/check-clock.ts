/** The clock: CDRs, certificates and nonces go by it. */
import { type Finding, failure, ok, warning } from './finding.ts';

export interface ClockReading {
  readonly utcMs: number;
  /** How far the wall clock moved against the monotonic one while it was watched. */
  readonly driftMs: number;
  /** Whether the system says that its clock is kept right; undefined: it does not say. */
  readonly isSynchronized: boolean | undefined;
}

const check = 'clock';
/** Nobody runs this before it was written. */
const earliestUtcMs = Date.UTC(2026, 0, 1);
const latestUtcMs = Date.UTC(2100, 0, 1);

export function checkClock({ utcMs, driftMs, isSynchronized }: ClockReading): Finding[] {
  const time = new Date(utcMs).toISOString();
  if (utcMs < earliestUtcMs || utcMs > latestUtcMs)
    return [failure(check, `the clock says ${time}`, 'Set the clock: certificates, nonces and CDRs go by it.')];
  if (Math.abs(driftMs) > 50)
    return [
      warning(
        check,
        `the clock moved by ${Math.round(driftMs)} ms while it was watched`,
        'Something sets it hard; let NTP slew it instead.',
      ),
    ];
  if (isSynchronized === false)
    return [
      warning(
        check,
        `${time}, and no time service keeps it right`,
        'Switch on NTP (for example systemd-timesyncd or chrony).',
      ),
    ];
  const kept =
    isSynchronized === true ? 'kept right by a time service' : 'the system does not say whether NTP keeps it';
  return [ok(check, `${time}, ${kept}`)];
}
