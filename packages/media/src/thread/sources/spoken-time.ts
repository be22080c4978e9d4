/** The speaking clock's words for a moment. */
import { speakTime } from '@ringdown/rtc/audio';

export function spokenTime(utcMs: number, utcOffsetMin: number): string[] {
  const local = new Date(utcMs + utcOffsetMin * 60_000);
  return speakTime({ hour: local.getUTCHours(), minute: local.getUTCMinutes(), second: local.getUTCSeconds() });
}
