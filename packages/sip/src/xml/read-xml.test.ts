/** The strict reader: what it takes, what it refuses, what it never does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTree } from './format-tree.ts';
import { DEFAULT_XML_LIMITS, readXml, type XmlElement } from './read-xml.ts';
import { escapeXml, xmlDocument, xmlText } from './write-xml.ts';
import { attributeOf, childOf, childrenOf, textOf } from './xml-tree.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function read(text: string): XmlElement {
  const result = readXml(encode(text));
  return result.ok ? result.root : assert.fail(`${result.failure.why} at ${result.failure.at}`);
}

function refused(text: string): string {
  const result = readXml(encode(text));
  return result.ok ? 'ok' : result.failure.why;
}

test('elements, attributes, text, CDATA, comments and namespaces', () => {
  const root = read(`\ufeff<?xml version="1.0" encoding="UTF-8"?>
    <!-- a --><?style x?>
    <p:a xmlns:p='urn:a' xmlns="urn:b" p:x="1" y='2 &lt;'><b>one &amp; <![CDATA[<two>]]> &#65;&#x42;</b><c xmlns=""/></p:a> `);
  assert.equal(`${root.namespace} ${root.name}`, 'urn:a a');
  assert.deepEqual(root.attributes, [
    { namespace: 'urn:a', name: 'x', value: '1' },
    { namespace: '', name: 'y', value: '2 <' },
  ]);
  assert.equal(textOf(childOf(root, 'urn:b', 'b')), 'one & <two> AB');
  assert.equal(childrenOf(root, '', 'c').length, 1);
  assert.equal(attributeOf(root, 'x'), undefined);
});

test('a DOCTYPE is refused, and no entity is expanded but the five', () => {
  assert.equal(refused('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), 'doctype');
  assert.equal(refused('<a><!ENTITY x "y"></a>'), 'doctype');
  assert.equal(refused('<a>&nbsp;</a>'), 'entity');
  assert.equal(refused('<a b="&x;"/>'), 'entity');
  assert.equal(refused('<a>&#0;</a>'), 'entity');
  assert.equal(refused('<a>&#xd800;</a>'), 'entity');
  assert.equal(refused('<a>& b</a>'), 'entity');
  assert.equal(textOf(read('<a>&lt;&gt;&amp;&apos;&quot;</a>')), '<>&\'"');
});

test('what is not well-formed is refused', () => {
  const rows = [
    '',
    ' ',
    'a',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a/>x',
    '<a b=1/>',
    '<a b="1" b="2"/>',
    '<a b="1"c="2"/>',
    '<a b="<"/>',
    '<a><!-- -- --></a>',
    '<a>]]></a>',
    '<a',
    '<a b',
    '<a b=',
    '<a b="',
    '<1/>',
    '<a:b:c/>',
    '<a>\u0001</a>',
    '<a><![CDATA[</a>',
    '<a>\u0000</a>',
    '<?xml version="2.0"?><a/>',
    ' <?xml version="1.0"?><a/>',
    '<a><?xml version="1.0"?></a>',
    '<a / >',
    '<a xmlns:x="urn:a" xmlns:y="urn:a" x:b="" y:b=""/>',
  ];
  for (const row of rows) assert.equal(refused(row), 'malformed', row);
});

test('a prefix that is not declared, or may not be, is refused', () => {
  for (const row of [
    '<p:a/>',
    '<a p:b="1"/>',
    '<a xmlns:p=""/>',
    '<a xmlns:xmlns="urn:x"/>',
    '<a xmlns:xml="urn:x"/>',
    '<a><b xmlns:p="urn:p"/><p:c/></a>',
  ])
    assert.equal(refused(row), 'namespace', row);
});

test('size, depth, elements and attributes are limited', () => {
  const deep = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels);
  assert.equal(refused(deep(DEFAULT_XML_LIMITS.depth)), 'ok');
  assert.equal(refused(deep(DEFAULT_XML_LIMITS.depth + 1)), 'too-deep');
  assert.equal(refused(`<a>${'<b/>'.repeat(DEFAULT_XML_LIMITS.elements)}</a>`), 'too-many');
  const many = Array.from({ length: DEFAULT_XML_LIMITS.attributes + 1 }, (_, index) => ` a${index}=""`).join('');
  assert.equal(refused(`<a${many}/>`), 'too-many');
  assert.equal(refused(`<a>${' '.repeat(DEFAULT_XML_LIMITS.sizeBytes)}</a>`), 'too-big');
});

test('only UTF-8 is read', () => {
  const bad = readXml(Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e));
  assert.equal(bad.ok ? '' : bad.failure.why, 'encoding');
  assert.equal(refused('<?xml version="1.0" encoding="ISO-8859-1"?><a/>'), 'encoding');
  assert.equal(textOf(read('<a>Grüße \u{1f600}</a>')), 'Grüße \u{1f600}');
});

test('cut anywhere, or with any byte changed, a document is read or refused, never thrown about', () => {
  const bytes = encode('<?xml version="1.0"?><p:a xmlns:p="urn:a" b="&amp;"><!-- c --><d>é<![CDATA[x]]></d></p:a>');
  for (let at = 0; at < bytes.length; at++) {
    readXml(bytes.subarray(0, at));
    for (const code of [0, 0x22, 0x26, 0x2d, 0x3c, 0x3e, 0x5b, 0x80, 0xff]) {
      const changed = bytes.slice();
      changed[at] = code;
      readXml(changed);
    }
  }
});

test('what is written is read again as it was, whatever is in it', () => {
  const value = `<&>"' ]]> \u0007\ud800é`;
  assert.equal(textOf(read(new TextDecoder().decode(xmlDocument(xmlText('a', {}, value))))), `<&>"' ]]> é`);
  assert.equal(escapeXml('a'), 'a');
  const tree = read('<a xmlns="urn:a" xmlns:r="urn:r" r:k="v" xml:lang="en"><r:b>t<c/></r:b></a>');
  assert.deepEqual(read(formatTree(tree)), tree);
});
