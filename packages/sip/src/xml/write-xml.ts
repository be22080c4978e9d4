/** XML from pieces: whatever a value holds, it stays a value. */

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
/** What XML 1.0 §2.2 does not let stand is left out. */
const special =
  /[&<>"']|[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function escapeXml(text: string): string {
  return text.replace(special, (character) => escapes[character] ?? '');
}

export type XmlAttributes = Readonly<Record<string, string | number | undefined>>;

/** Attributes that are undefined are left out. `content`: elements already written. */
export function xmlElement(name: string, attributes: XmlAttributes, content: readonly string[] = []): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) text += ` ${key}="${escapeXml(String(value))}"`;
  return content.length === 0 ? `${text}/>` : `${text}>${content.join('')}</${name}>`;
}

/** An element with text in it. */
export function xmlText(name: string, attributes: XmlAttributes, text: string): string {
  return xmlElement(name, attributes, [escapeXml(text)]);
}

/** A document, as bytes. */
export function xmlDocument(root: string): Uint8Array {
  return new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\r\n${root}`);
}
