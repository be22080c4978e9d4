/** %HH escapes of URIs (RFC 3261 §19.1.2, §25.1 escaped), decoded as UTF-8. */
import { fromWire, isHexCode, toWire } from './text.ts';

const HEX_DIGITS = '0123456789ABCDEF';

/** Resolves escapes; a "%" that no two hex digits follow stays as it is. */
export function unescapeUri(text: string): string {
  let percent = text.indexOf('%');
  if (percent < 0) return text;
  let wire = '';
  let from = 0;
  let isHigh = false;
  while (percent >= 0) {
    if (isHexCode(text.charCodeAt(percent + 1)) && isHexCode(text.charCodeAt(percent + 2))) {
      const code = Number.parseInt(text.slice(percent + 1, percent + 3), 16);
      if (code > 0x7f) isHigh = true;
      wire += text.slice(from, percent) + String.fromCharCode(code);
      from = percent + 3;
    }
    percent = text.indexOf('%', Math.max(from, percent + 1));
  }
  wire += text.slice(from);
  return isHigh ? fromWire(toHalfWire(wire)) : wire;
}

/** Unescaped text that already has characters above one byte: those are encoded, single bytes stand. */
function toHalfWire(text: string): string {
  let wire = '';
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0;
    if (point <= 0xff) {
      wire += text.charAt(i);
    } else {
      wire += toWire(String.fromCodePoint(point));
      if (point > 0xffff) i++;
    }
  }
  return wire;
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

/** RFC 3261 §25.1 user. */
export const USER_CHARACTERS: RegExp = /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/;
/** RFC 3261 §25.1 paramchar. */
export const URI_PARAM_CHARACTERS: RegExp = /[A-Za-z0-9\-_.!~*'()[\]/:&+$]/;
/** RFC 3261 §25.1 hname, hvalue. */
export const URI_HEADER_CHARACTERS: RegExp = /[A-Za-z0-9\-_.!~*'()[\]/?:+$]/;

/** Escapes a user part for {@link formatUri}. */
export function escapeUser(text: string): string {
  return escapeUri(text, USER_CHARACTERS);
}
