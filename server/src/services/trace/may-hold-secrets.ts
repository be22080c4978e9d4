/**
 * Whether it is worth looking for secrets in a message: one pass over its octets, since most have none and each is written. May say yes of a message that
 * has none, never no of one that mask-message.ts would change.
 *
 * Each secret is known by a letter that is rare in SIP, and what stands before it:
 *
 *   authori[z]ation   authentication[-]info   pass[w]   ice-p[w]d   cr[y]pto   inline[:]   k[=]   sip:user:password[@]
 */
const codes = {
  newline: 0x0a,
  quote: 0x22,
  dash: 0x2d,
  colon: 0x3a,
  less: 0x3c,
  equals: 0x3d,
  greater: 0x3e,
  at: 0x40,
};

export function mayHoldSecrets(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case 0x5a:
      case 0x7a:
        if (endsAt(bytes, at, 'authori')) return true;
        break;
      case 0x57:
      case 0x77:
        if (endsAt(bytes, at, 'pass') || endsAt(bytes, at, 'ice-p')) return true;
        break;
      case 0x59:
      case 0x79:
        if (endsAt(bytes, at, 'cr')) return true;
        break;
      case codes.dash:
        if (endsAt(bytes, at, 'authentication')) return true;
        break;
      case codes.colon:
        if (endsAt(bytes, at, 'inline')) return true;
        break;
      case codes.equals:
        if (endsAt(bytes, at, 'k') && (at < 2 || bytes[at - 2] === codes.newline)) return true;
        break;
      case codes.at:
        if (hasPassword(bytes, at)) return true;
        break;
    }
  }
  return false;
}

/** Whether the text, in any case, ends before there. */
function endsAt(bytes: Uint8Array, end: number, text: string): boolean {
  const start = end - text.length;
  if (start < 0) return false;
  for (let at = text.length - 1; at >= 0; at--) {
    if (((bytes[start + at] ?? 0) | 0x20) !== (text.charCodeAt(at) | 0x20)) return false;
  }
  return true;
}

/** Two colons between the beginning of a URI and its @. */
function hasPassword(bytes: Uint8Array, end: number): boolean {
  let colons = 0;
  for (let at = end - 1; at >= 0; at--) {
    const code = bytes[at] ?? 0;
    if (code <= 0x20 || code === codes.less || code === codes.greater || code === codes.quote) break;
    if (code === codes.colon) colons += 1;
  }
  return colons >= 2;
}
