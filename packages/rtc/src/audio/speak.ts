/** Numbers and times of day as a list of spoken words (English), each a name of a recorded prompt. */

/** 0 to 99. */
export function speakNumber(value: number): string[] {
  const whole = Math.trunc(value);
  if (whole < 20) return [String(whole)];
  const tens = String(whole - (whole % 10));
  return whole % 10 === 0 ? [tens] : [tens, String(whole % 10)];
}

export interface TimeOfDay {
  /** 0-23. */
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** "the time is ten oh five and twenty seconds"; on the full minute "precisely", on the full hour "o'clock". */
export function speakTime(time: TimeOfDay): string[] {
  const words = ['the-time-is', ...speakNumber(time.hour)];
  if (time.minute === 0) words.push('oclock');
  else if (time.minute < 10) words.push('oh', ...speakNumber(time.minute));
  else words.push(...speakNumber(time.minute));
  if (time.second === 0) words.push('precisely');
  else words.push('and', ...speakNumber(time.second), time.second === 1 ? 'second' : 'seconds');
  return words;
}
