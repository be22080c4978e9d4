/** Control characters may stand in a quoted-pair (RFC 3261 §25.1), and there is no good in them for the other side. */
export function isPlainText(value: string): boolean {
  return !/[\0-\x08\x0a-\x1f\x7f]/.test(value);
}
