/** Reading a= lines (RFC 8866 §5.13), of a session's or an m-line's section. Names are compared as they are written (§9: case-sensitive). */
import type { SdpLine } from './session-description.ts';

/** The first attribute of that name: its value, '' for a property attribute, undefined where absent. */
export function attribute(lines: readonly SdpLine[], name: string): string | undefined {
  for (const line of lines) {
    if (line.type !== 'a' || !line.value.startsWith(name)) continue;
    if (line.value.length === name.length) return '';
    if (line.value[name.length] === ':') return line.value.slice(name.length + 1);
  }
  return undefined;
}

/** All values of an attribute that may stand several times. */
export function attributes(lines: readonly SdpLine[], name: string): string[] {
  const prefix = `${name}:`;
  return lines.flatMap((line) =>
    line.type === 'a' && line.value.startsWith(prefix) ? [line.value.slice(prefix.length)] : [],
  );
}

/** The name of an a= line's attribute. */
export function attributeName(line: SdpLine): string {
  const colon = line.value.indexOf(':');
  return colon < 0 ? line.value : line.value.slice(0, colon);
}
