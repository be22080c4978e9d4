/** A tree that was read, as text again: elements that we do not know pass on as they were, with their namespaces. */
import type { XmlElement } from './read-xml.ts';
import { escapeXml, xmlElement } from './write-xml.ts';

/** @param outer the namespace that holds without a prefix where it is put. */
export function formatTree(element: XmlElement, outer = ''): string {
  const { namespace, name, attributes, children } = element;
  const written: Record<string, string> = {};
  if (namespace !== outer) written.xmlns = namespace;
  let prefixes = 0;
  for (const attribute of attributes) {
    if (attribute.namespace === '') written[attribute.name] = attribute.value;
    else if (attribute.namespace === 'http://www.w3.org/XML/1998/namespace')
      written[`xml:${attribute.name}`] = attribute.value;
    else {
      prefixes += 1;
      written[`xmlns:n${prefixes}`] = attribute.namespace;
      written[`n${prefixes}:${attribute.name}`] = attribute.value;
    }
  }
  const content = children.map((child) =>
    typeof child === 'string' ? escapeXml(child) : formatTree(child, namespace),
  );
  return xmlElement(name, written, content);
}
