/** Who may be a trunk that has to show its certificate (RFC 5922 §7.4). */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Flow } from '@ringdown/sip';
import { ensureCertificates } from '#base/certificates';
import { createSeededRandom } from '#base/ids';
import type { TrunkRecord, TrunkTls } from '#services/trunks';
import { mutualFault } from './trunk-tls.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-mutual-'));
after(() => rmSync(root, { recursive: true }));
const nowUtcMs = Date.UTC(2026, 5, 1);
const made = (folder: string, seed: number) =>
  ensureCertificates({
    folder: join(root, folder),
    names: ['carrier.test', '*.wild.test', '192.0.2.5'],
    nowUtcMs,
    random: createSeededRandom(seed),
  });
const theirs = made('theirs', 1);
const others = made('others', 2);

/** Over TLS with a certificate: its own, then that of its issuer. */
function flowOf(pem: string | null, kind: Flow['kind'] = 'tls'): Flow {
  const address = { family: 4, address: '192.0.2.5', port: 5061 } as const;
  const blocks = pem?.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  const chain = blocks.map((block) => new Uint8Array(new X509Certificate(block).raw));
  return {
    id: 1,
    kind,
    reliable: kind !== 'udp',
    secure: kind === 'tls',
    local: address,
    remote: address,
    advertised: { host: '192.0.2.1', port: 5061 },
    ...(pem === null ? {} : { peer: { chain, isTrusted: false } }),
  };
}

const fingerprint = new X509Certificate(theirs.certPem).fingerprint256;
const ca: TrunkTls = { verify: 'ca', caPem: theirs.caPem, mutual: true };
const rows: readonly {
  readonly title: string;
  readonly tls: TrunkTls;
  readonly flow: Flow;
  readonly host?: string;
  readonly fault: RegExp | undefined;
  readonly atUtcMs?: number;
}[] = [
  { title: 'without the setting everybody may', tls: { verify: 'chain' }, flow: flowOf(null, 'udp'), fault: undefined },
  { title: 'UDP is not TLS', tls: ca, flow: flowOf(null, 'udp'), fault: /did not come over TLS/ },
  { title: 'no certificate', tls: ca, flow: flowOf(null), fault: /no certificate/ },
  { title: 'of its authority and for its name', tls: ca, flow: flowOf(theirs.certPem), fault: undefined },
  { title: 'for its address', tls: ca, flow: flowOf(theirs.certPem), host: '192.0.2.5', fault: undefined },
  { title: 'of another authority of the same name', tls: ca, flow: flowOf(others.certPem), fault: /no authority/ },
  {
    title: 'for another name',
    tls: ca,
    flow: flowOf(theirs.certPem),
    host: 'other.test',
    fault: /not for other\.test/,
  },
  {
    title: 'a wildcard is no name',
    tls: ca,
    flow: flowOf(theirs.certPem),
    host: 'a.wild.test',
    fault: /not for a\.wild/,
  },
  {
    title: 'but where it is allowed',
    tls: { ...ca, wildcards: true },
    flow: flowOf(theirs.certPem),
    host: 'a.wild.test',
    fault: undefined,
  },
  { title: 'that ran out', tls: ca, flow: flowOf(theirs.certPem), fault: /no authority/, atUtcMs: Date.UTC(2028, 0) },
  {
    title: 'by the authorities of the system',
    tls: { verify: 'chain', mutual: true },
    flow: flowOf(theirs.certPem),
    fault: /no authority/,
  },
  {
    title: 'pinned, whatever its name',
    tls: { verify: 'pin', sha256: fingerprint.toLowerCase(), mutual: true },
    flow: flowOf(theirs.certPem),
    host: 'x.test',
    fault: undefined,
  },
  {
    title: 'not the pinned one',
    tls: { verify: 'pin', sha256: fingerprint, mutual: true },
    flow: flowOf(others.certPem),
    fault: /not the pinned/,
  },
];

for (const { title, tls, flow, host = 'carrier.test', fault, atUtcMs = nowUtcMs } of rows) {
  test(`RFC 5922 §7.4: ${title}`, () => {
    const found = mutualFault({ body: { tls, host } } as TrunkRecord, flow, atUtcMs);
    if (fault === undefined) assert.equal(found, undefined);
    else assert.match(found ?? '', fault);
  });
}
