/** Looking into a tree: children and attributes by name, text. */
import type { XmlElement } from './read-xml.ts';

export function childrenOf(element: XmlElement, namespace: string, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => typeof child !== 'string' && child.name === name && child.namespace === namespace,
  );
}

export function childOf(element: XmlElement, namespace: string, name: string): XmlElement | undefined {
  return childrenOf(element, namespace, name)[0];
}

/** The attribute of that name without a namespace. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name && attribute.namespace === '')?.value;
}

/** The text of an element, without that of its children and without white space around. */
export function textOf(element: XmlElement | undefined): string | undefined {
  if (element === undefined) return undefined;
  return element.children
    .filter((child) => typeof child === 'string')
    .join('')
    .trim();
}

/** Digits only; undefined otherwise. */
export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
