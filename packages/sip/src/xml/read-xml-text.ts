/** Character data of XML 1.0 §2.2, §4.1: references become characters; nothing else is expanded. */

const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
]);

/** What no document may hold, written or by reference. */
const forbidden =
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Whether these characters may stand in a document. */
export function isXmlText(raw: string): boolean {
  return !forbidden.test(raw);
}

/** Undefined: a reference that is none, an entity that XML does not have of itself, or a character that may not be. */
export function readXmlText(raw: string): string | undefined {
  if (!isXmlText(raw)) return undefined;
  if (!raw.includes('&')) return raw;
  let text = '';
  let from = 0;
  for (let at = raw.indexOf('&'); at >= 0; at = raw.indexOf('&', from)) {
    const end = raw.indexOf(';', at);
    const character = end < 0 || end - at > 9 ? undefined : readReference(raw.slice(at + 1, end));
    if (character === undefined) return undefined;
    text += raw.slice(from, at) + character;
    from = end + 1;
  }
  return text + raw.slice(from);
}

function readReference(name: string): string | undefined {
  const found = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (found === null) return entities.get(name);
  const code = found[1] === undefined ? Number(found[2]) : Number.parseInt(found[1], 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(code);
  return isXmlText(character) ? character : undefined;
}
