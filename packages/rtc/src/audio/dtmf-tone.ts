/** DTMF as sound: the pairs of ITU-T Q.23, the high one 2 dB above the low one as Q.24 permits. */
import type { ToneComponent } from './tone.ts';

const rows = [697, 770, 852, 941] as const;
const columns = [1209, 1336, 1477, 1633] as const;
const keypad = ['123A', '456B', '789C', '*0#D'] as const;

/** The two tones of a key, or null for what is no key. */
export function dtmfTones(digit: string, levelDbm0 = -8): readonly [ToneComponent, ToneComponent] | null {
  for (const [row, keys] of keypad.entries()) {
    const column = digit.length === 1 ? keys.indexOf(digit.toUpperCase()) : -1;
    const low = rows[row];
    const high = columns[column];
    if (low !== undefined && high !== undefined)
      return [
        { hz: low, levelDbm0: levelDbm0 - 2 },
        { hz: high, levelDbm0 },
      ];
  }
  return null;
}
