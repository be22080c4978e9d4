/**
 * Which SIP domains a certificate is for (RFC 5922 §7.1), and whether one of them is the wanted (§7.2). Of the subjectAltName: `sip:` URIs without a user;
 * only where there is none of these, DNS names; only where there is no subjectAltName at all, the common name. Compared whole and without case; `*` matches
 * nothing but itself.
 *
 * Leaves out: the extended key usage id-kp-sipDomain (RFC 5924), which hardly an authority issues; internationalised names, which stand in A-labels.
 */

export interface CertificateNames {
  /** Each as `type:value`, as Node and OpenSSL write them: `URI:sip:example.com`, `DNS:example.com`, `IP Address:192.0.2.1`. Undefined: no such extension. */
  readonly subjectAltName: readonly string[] | undefined;
  readonly commonName: string | undefined;
}

/** In lower case. */
export function sipDomainsOf({ subjectAltName, commonName }: CertificateNames): readonly string[] {
  if (subjectAltName === undefined) return commonName === undefined ? [] : [commonName.toLowerCase()];
  const uris = subjectAltName.flatMap(sipUriDomain);
  return uris.length > 0 ? uris : valuesOf(subjectAltName, 'dns:');
}

export interface NameMatch {
  /**
   * Deviation: RFC 5922 §7.2 has no wildcards; some carriers' certificates have nothing else. `*.example.com` is then sip.example.com, and nothing
   * deeper.
   */
  readonly wildcards?: boolean;
}

/** @param domain a name, or an IP address without brackets, which only a certificate for that address matches (RFC 5280 §4.2.1.6). */
export function isCertificateFor(
  domain: string,
  names: CertificateNames,
  { wildcards = false }: NameMatch = {},
): boolean {
  const wanted = domain.toLowerCase().replace(/\.$/, '');
  if (/^[\d.]+$|:/.test(wanted)) return valuesOf(names.subjectAltName ?? [], 'ip address:').includes(wanted);
  const domains = sipDomainsOf(names);
  if (domains.includes(wanted)) return true;
  const dot = wanted.indexOf('.');
  return wildcards && dot > 0 && valuesOf(names.subjectAltName ?? [], 'dns:').includes(`*${wanted.slice(dot)}`);
}

/** The entries of Node's `subjectaltname`: separated by ", ", and in JSON's quotes where they hold what would deceive. */
export function splitSubjectAltName(text: string): readonly string[] {
  const entries = text.match(/[^:,]+:(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  return entries.map((entry) => {
    const colon = entry.indexOf(':');
    return `${entry.slice(0, colon).trim()}:${unquoted(entry.slice(colon + 1).trim())}`;
  });
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

function valuesOf(entries: readonly string[], prefix: string): string[] {
  return entries.flatMap((entry) => {
    const lower = entry.toLowerCase();
    return lower.startsWith(prefix) ? [lower.slice(prefix.length)] : [];
  });
}

/** RFC 5922 §7.1: another scheme, or a user, names no domain. */
function sipUriDomain(entry: string): string[] {
  const match = /^uri:sip:([^@;?:]+)(?:;[^@]*)?$/i.exec(entry);
  return match?.[1] === undefined ? [] : [match[1].toLowerCase()];
}
