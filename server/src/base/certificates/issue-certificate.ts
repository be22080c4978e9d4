/**
 * X.509 v3 certificates with EC P-256 keys, signed with ECDSA and SHA-256 (RFC 5280 §4.1): a CA of our own, server
 * certificates below it, and the self-signed one of DTLS. Leaves out: requests to a public CA, revocation, other key kinds.
 */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import type { RandomBytes } from '../ids/index.ts';
import {
  bits,
  type Der,
  explicit,
  implicit,
  objectId,
  octets,
  sequence,
  setOf,
  time,
  unsigned,
  utf8,
  yes,
} from './encode-der.ts';

export interface CertificateRequest {
  readonly commonName: string;
  /** DNS names and IP addresses; none for a CA and for DTLS. */
  readonly names: readonly string[];
  readonly publicKey: KeyObject;
  readonly issuer: { readonly commonName: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly isCa: boolean;
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

/** The certificate as PEM. */
export function issueCertificate(request: CertificateRequest, random: RandomBytes): string {
  const serial = new Uint8Array(16);
  random.fill(serial);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const body = sequence(
    explicit(0, unsigned(Uint8Array.of(2))),
    unsigned(serial),
    ecdsaWithSha256,
    nameOf(request.issuer.commonName),
    sequence(time(request.fromUtcMs), time(request.toUtcMs)),
    nameOf(request.commonName),
    spkiOf(request.publicKey),
    explicit(3, sequence(...extensions(request))),
  );
  const signature = sign('sha256', body, request.issuer.privateKey);
  return toPem(sequence(body, ecdsaWithSha256, bits(signature)));
}

function extensions({ isCa, names, publicKey, issuer }: CertificateRequest): Der[] {
  const constraints = isCa ? sequence(yes, unsigned(Uint8Array.of(0))) : sequence();
  // RFC 5280 §4.2.1.3: keyCertSign and cRLSign (bits 5, 6), or digitalSignature (bit 0).
  const usage = isCa ? bits(Uint8Array.of(0x06), 1) : bits(Uint8Array.of(0x80), 7);
  const list = [
    extension('2.5.29.19', constraints, true),
    extension('2.5.29.15', usage, true),
    extension('2.5.29.14', octets(keyId(publicKey))),
    extension('2.5.29.35', sequence(implicit(0, keyId(issuer.publicKey)))),
  ];
  if (isCa) return list;
  // Both sides: a server opens TLS connections to its peers too (RFC 5922 §7.1).
  const uses = sequence(objectId('1.3.6.1.5.5.7.3.1'), objectId('1.3.6.1.5.5.7.3.2'));
  const used = [...list, extension('2.5.29.37', uses)];
  return names.length === 0 ? used : [...used, extension('2.5.29.17', sequence(...names.map(alternativeName)))];
}

function extension(id: string, value: Der, critical = false): Der {
  return critical ? sequence(objectId(id), yes, octets(value)) : sequence(objectId(id), octets(value));
}

/** RFC 5280 §4.2.1.6: dNSName is [2], iPAddress is [7]. */
function alternativeName(name: string): Der {
  const family = isIP(name);
  return family === 0 ? implicit(2, new TextEncoder().encode(name)) : implicit(7, addressBytes(name, family));
}

function addressBytes(address: string, family: number): Uint8Array {
  if (family === 4) return Uint8Array.from(address.split('.').map(Number));
  const { address: plain } = new SocketAddress({ address, family: 'ipv6' });
  const [left = '', right] = withHexTail(plain).split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = right === undefined ? 0 : 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array.from({ length: missing }, () => '0'), ...groups(right ?? '')];
  return Uint8Array.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

/** `::ffff:192.0.2.1` with its dotted tail as two groups. */
function withHexTail(address: string): string {
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (tail === null) return address;
  const [a = 0, b = 0, c = 0, d = 0] = tail.slice(1).map(Number);
  return `${address.slice(0, tail.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function nameOf(commonName: string): Der {
  return sequence(setOf(sequence(objectId('2.5.4.3'), utf8(commonName))));
}

function spkiOf(key: KeyObject): Der {
  return key.export({ type: 'spki', format: 'der' });
}

/** RFC 7093 §2 method 1 would be SHA-256; the usual SHA-1 of the key (RFC 5280 §4.2.1.2) names it just as well. */
function keyId(key: KeyObject): Uint8Array {
  return createHash('sha1').update(spkiOf(key)).digest();
}

function toPem(der: Der): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
