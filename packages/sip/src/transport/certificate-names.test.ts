import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CertificateNames, isCertificateFor, sipDomainsOf, splitSubjectAltName } from './certificate-names.ts';

const names = (subjectAltName: string | undefined, commonName?: string): CertificateNames => ({
  subjectAltName: subjectAltName === undefined ? undefined : splitSubjectAltName(subjectAltName),
  commonName,
});

const found: readonly (readonly [section: string, what: string, certificate: CertificateNames, domains: string])[] = [
  ['§7.1', 'a sip URI', names('URI:sip:Example.COM'), 'example.com'],
  ['§7.1', 'several', names('URI:sip:a.example, URI:sip:b.example'), 'a.example b.example'],
  ['§7.1', 'with a sip URI, DNS names do not count', names('DNS:mail.example, URI:sip:a.example'), 'a.example'],
  ['§7.1', 'without one they do', names('DNS:a.example, URI:https://b.example/'), 'a.example'],
  ['§7.1', 'a sips URI is none', names('URI:sips:a.example'), ''],
  ['§7.1', 'a URI with a user is none', names('URI:sip:alice@a.example'), ''],
  ['§7.1', 'the common name where there is no subjectAltName', names(undefined, 'A.example'), 'a.example'],
  ['§7.1', 'not where there is one', names('IP Address:192.0.2.1', 'a.example'), ''],
  ['§7.1', 'a quoted value is one value', names('DNS:"a.example, DNS:evil.example"'), 'a.example, dns:evil.example'],
];
for (const [section, what, certificate, domains] of found) {
  test(`RFC 5922 ${section}: ${what}`, () => assert.equal(sipDomainsOf(certificate).join(' '), domains));
}

const matches: readonly (readonly [section: string, domain: string, san: string, is: boolean])[] = [
  ['§7.2', 'example.com', 'DNS:EXAMPLE.com', true],
  ['§7.2', 'example.com.', 'DNS:example.com', true],
  ['§7.2', 'sip.example.com', 'DNS:example.com', false],
  ['§7.2', 'example.com', 'DNS:sip.example.com', false],
  ['§7.2', 'sip.example.com', 'DNS:*.example.com', false],
  ['§7.2', 'example.com', 'URI:sip:example.com', true],
  ['§7.2', 'sip.example.com', 'DNS:sip.example.com, URI:sip:example.com', false],
  ['§7.2', '192.0.2.1', 'IP Address:192.0.2.1', true],
  ['§7.2', '192.0.2.1', 'DNS:192.0.2.1', false],
];
for (const [section, domain, san, is] of matches) {
  test(`RFC 5922 ${section}: ${domain} ${is ? 'is' : 'is not'} ${san}`, () =>
    assert.equal(isCertificateFor(domain, names(san)), is));
}

test('a wildcard counts only where that is said, for one label, and from a DNS name', () => {
  const wildcards = { wildcards: true };
  assert.equal(isCertificateFor('sip.example.com', names('DNS:*.example.com'), wildcards), true);
  assert.equal(isCertificateFor('a.sip.example.com', names('DNS:*.example.com'), wildcards), false);
  assert.equal(isCertificateFor('example.com', names('DNS:*.example.com'), wildcards), false);
  assert.equal(isCertificateFor('sip.example.com', names(undefined, '*.example.com'), wildcards), false);
});
