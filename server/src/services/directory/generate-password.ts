/** Passwords for devices: always generated, since chosen ones get guessed. Easy to type on a phone: no letter that looks like another. */
import type { RandomBytes } from '#base/ids';

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const length = 16;
/** Bytes at or above are thrown away, so that every letter is equally likely. */
const fairBelow = 256 - (256 % alphabet.length);

/** 16 characters, 79 bits. */
export function generatePassword(random: RandomBytes): string {
  const byte = new Uint8Array(1);
  let password = '';
  while (password.length < length) {
    random.fill(byte);
    const value = byte[0] ?? 255;
    if (value < fairBelow) password += alphabet[value % alphabet.length];
  }
  return password;
}
