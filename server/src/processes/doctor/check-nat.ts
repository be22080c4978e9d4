/** Whether the addresses that phones and trunks are told can be reached by them. */
import { isIP } from 'node:net';
import type { BootstrapConfig } from '#base/config';
import { type Finding, ok, warning } from './finding.ts';

const check = 'nat';

/** @param addresses of the interfaces. */
export function checkNat(
  addresses: readonly string[],
  { sip, media }: Pick<BootstrapConfig, 'sip' | 'media'>,
): Finding[] {
  const own = addresses.filter((address) => !isLoopback(address));
  const bound = sip.listen.filter((address) => address !== '0.0.0.0' && address !== '::');
  const reachable = bound.length > 0 ? bound : own;
  const advertised = sip.advertisedAddress;
  const list = reachable.length === 0 ? 'loopback only' : reachable.join(', ');
  const findings: Finding[] = [];
  for (const address of bound)
    if (!addresses.includes(address) && !isLoopback(address))
      findings.push(
        warning(
          check,
          `no interface has ${address}, which is to be listened on`,
          'Correct sip.listen, or bring the interface up.',
        ),
      );
  if (advertised === undefined) {
    const isHidden = reachable.length > 0 && reachable.every((address) => isPrivate(address) || isLoopback(address));
    findings.push(
      isHidden
        ? warning(
            check,
            `addresses ${list}: phones and trunks outside of this network cannot answer us`,
            'If there are any, set sip.advertisedAddress to the public address that is forwarded here; for a local network alone all is well.',
          )
        : ok(check, `addresses ${list}, told as they are`),
    );
    return findings;
  }
  if (isPrivate(advertised))
    findings.push(
      warning(
        check,
        `${advertised} is advertised, and it is a private address`,
        'Outside of this network nobody reaches it: advertise the public one.',
      ),
    );
  else findings.push(ok(check, `${advertised} is told to the outside, ${list} to local networks`));
  if (media.advertisedAddress !== undefined && media.advertisedAddress !== advertised)
    findings.push(ok(check, `media is told as ${media.advertisedAddress}`));
  return findings;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** RFC 1918, RFC 6598, link-local, and unique local IPv6 (RFC 4193). */
export function isPrivate(address: string): boolean {
  if (isIP(address) === 6) return /^f[cd]|^fe[89ab]/i.test(address);
  const [a = 0, b = 0] = address.split('.').map(Number);
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}
