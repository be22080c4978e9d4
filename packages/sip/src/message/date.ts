/** Date (RFC 3261 §20.17): the RFC 1123 form, GMT only. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const FORM = /^(?:sun|mon|tue|wed|thu|fri|sat), (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) gmt$/i;

/** Milliseconds since 1970 UTC; undefined: not of that form, another time zone (RFC 4475 §3.1.2.12), no such day. */
export function parseDate(text: string): number | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, day = '', month = '', year = '', hour = '', minute = '', second = ''] = match;
  const monthIndex = MONTHS.indexOf(month.toLowerCase());
  const utcMs = Date.UTC(+year, monthIndex, +day, +hour, +minute, Math.min(+second, 59));
  const date = new Date(utcMs);
  const isReal =
    monthIndex >= 0 && date.getUTCDate() === +day && date.getUTCHours() === +hour && +minute < 60 && +second <= 60;
  return isReal ? utcMs : undefined;
}

export function formatDate(utcMs: number): string {
  const date = new Date(utcMs);
  const two = (number: number): string => `${number}`.padStart(2, '0');
  const month = MONTHS[date.getUTCMonth()] ?? '';
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())}`;
  const year = `${date.getUTCFullYear()}`.padStart(4, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day} ${month.charAt(0).toUpperCase()}${month.slice(1)} ${year} ${time} GMT`;
}
