/** What values of lines are made of (RFC 8866 §9): words between blanks, whole numbers, tokens. */

export function fields(value: string): string[] {
  return value.split(' ').filter((field) => field !== '');
}

/** Digits alone, at most `max`; null for anything else. */
export function wholeNumber(text: string | undefined, max: number): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  const number = Number(text);
  return number <= max ? number : null;
}

/** token of RFC 8866 §9: visible ASCII without separators. */
export function isToken(text: string | undefined): text is string {
  return text !== undefined && /^[!#-'*+\-.0-9A-Z^-~]+$/.test(text);
}
