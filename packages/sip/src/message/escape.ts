/** %HH escapes of URIs (RFC 3261 §19.1.2, §25.1 escaped), decoded as UTF-8. */
import { fromWire, isHexCode, toWire } from './text.ts';

const HEX_DIGITS = '0123456789ABCDEF';

/** Resolves escapes; a "%" that no two hex digits follow stays as it is. */
export function unescapeUri(text: string): string {
  if (text.indexOf('%') < 0) return text;
  // Escapes are bytes: they are resolved among bytes, and UTF-8 is read from the whole.
  const wire = toWire(text);
  let bytes = '';
  let from = 0;
  for (let percent = wire.indexOf('%'); percent >= 0; percent = wire.indexOf('%', percent + 1)) {
    if (percent < from || !isHexCode(wire.charCodeAt(percent + 1)) || !isHexCode(wire.charCodeAt(percent + 2)))
      continue;
    bytes += wire.slice(from, percent) + String.fromCharCode(Number.parseInt(wire.slice(percent + 1, percent + 3), 16));
    from = percent + 3;
  }
  return fromWire(bytes + wire.slice(from));
}

/** Escapes whatever `allowed` does not let stand; beyond ASCII always, as UTF-8. */
export function escapeUri(text: string, allowed: RegExp): string {
  let escaped = '';
  const wire = toWire(text);
  for (let i = 0; i < wire.length; i++) {
    const character = wire.charAt(i);
    const code = wire.charCodeAt(i);
    if (code < 0x80 && allowed.test(character)) escaped += character;
    else escaped += `%${HEX_DIGITS.charAt(code >> 4)}${HEX_DIGITS.charAt(code & 15)}`;
  }
  return escaped;
}

/** RFC 3261 §25.1 user, without "?": escaped, it cannot be taken for the begin of the URI's headers. */
export const USER_CHARACTERS: RegExp = /[A-Za-z0-9\-_.!~*'()&=+$,;/]/;
/** RFC 3261 §25.1 paramchar. */
export const URI_PARAM_CHARACTERS: RegExp = /[A-Za-z0-9\-_.!~*'()[\]/:&+$]/;
/** RFC 3261 §25.1 hname, hvalue. */
export const URI_HEADER_CHARACTERS: RegExp = /[A-Za-z0-9\-_.!~*'()[\]/?:+$]/;

/** Escapes a user part for {@link formatUri}. */
export function escapeUser(text: string): string {
  return escapeUri(text, USER_CHARACTERS);
}
