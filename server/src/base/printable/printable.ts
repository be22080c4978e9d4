/** A peer's text made safe to show: no control characters (a terminal obeys them), no invisible ones (they hide or turn text around). */
export function printable(text: string, atMost = Number.POSITIVE_INFINITY): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return safe.length > atMost ? `${safe.slice(0, atMost - 2)}..` : safe;
}
