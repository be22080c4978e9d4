/** Small XML documents, read strictly and written safely. */
export { formatTree } from './format-tree.ts';
export {
  DEFAULT_XML_LIMITS,
  readXml,
  type XmlAttribute,
  type XmlElement,
  type XmlFailure,
  type XmlFailureCause,
  type XmlLimits,
  type XmlResult,
} from './read-xml.ts';
export { escapeXml, type XmlAttributes, xmlDocument, xmlElement, xmlText } from './write-xml.ts';
export { attributeOf, childOf, childrenOf, numberOf, textOf } from './xml-tree.ts';
