/** A trunk record from what was asked, with defaults, checked. The password is sealed here. */
import { isIP } from 'node:net';
import type { TrunkId } from '#base/ids';
import type { SecretBox } from '#base/secrets';
import { headerRulesProblem, isAlertInfo } from '#services/directory';
import { trunkInvalid } from './errors.ts';
import { compileSource } from './match-source.ts';
import { type Trunk, type TrunkCallerId, type TrunkTls, usualCallerId } from './records.ts';
import { passwordContext } from './trunk-views.ts';

export interface TrunkDraft extends Partial<Omit<Trunk, 'password' | 'credentials'>> {
  readonly name: string;
  readonly host: string;
  readonly username?: string;
  /** Clear; only sealed it leaves this file. */
  readonly password?: string;
}

const defaults: Omit<Trunk, 'name' | 'host' | 'credentials' | 'password'> = {
  enabled: true,
  port: 0,
  transport: 'udp',
  sources: [],
  registration: null,
  tls: { verify: 'chain' },
  codecs: [],
  reliability: 'supported',
  challenge: 'none',
  tcpFallback: true,
  channelLimit: 0,
  optionsSec: 60,
  inbound: { strip: '', prepend: '' },
};

/** Without source rules, a peer given by its address may send from that address. */
export function makeTrunk(id: TrunkId, draft: TrunkDraft, secrets: SecretBox): Trunk {
  const { username, password, ...rest } = draft;
  const sources =
    draft.sources ?? (isIP(draft.host) === 0 ? [] : [{ network: draft.host, port: null, transport: null }]);
  const trunk: Trunk = {
    ...defaults,
    ...rest,
    sources,
    credentials: username === undefined ? null : { username },
    password: password === undefined ? null : secrets.seal(password, passwordContext(id)),
  };
  checkTrunk(trunk);
  return trunk;
}

export function checkTrunk(trunk: Trunk): void {
  const whole = (value: number, from: number, to: number) => Number.isInteger(value) && value >= from && value <= to;
  const rules: readonly Rule[] = [
    [/^[^\p{Cc}]{1,100}$/u.test(trunk.name), 'name', 'must be 1 to 100 characters'],
    [
      isIP(trunk.host) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(trunk.host),
      'host',
      'must be an address or a name in lower case',
    ],
    [whole(trunk.port, 0, 65_535), 'port', 'must be 0 to 65535'],
    [whole(trunk.channelLimit, 0, 100_000), 'channelLimit', 'must be 0 (no limit) to 100000'],
    [trunk.optionsSec === 0 || whole(trunk.optionsSec, 5, 3_600), 'optionsSec', 'must be 0 (off) or 5 to 3600'],
    [
      trunk.registration === null || whole(trunk.registration.expiresSec, 30, 86_400),
      'registration.expiresSec',
      'must be 30 to 86400',
    ],
    [
      trunk.registration === null || /^[^\s@]+@[^\s@]+$/.test(trunk.registration.aor),
      'registration.aor',
      'must be user@domain',
    ],
    ...(trunk.registersAs == null ? [] : rulesOfRegistering(trunk, trunk.registersAs)),
    [
      trunk.sources.every((rule) => compileSource(rule) !== undefined),
      'sources',
      'must be addresses or networks such as 192.0.2.0/24',
    ],
    [/^[+0-9*#]*$/.test(trunk.inbound.strip + trunk.inbound.prepend), 'inbound', 'may hold +, digits, * and # only'],
    [['udp', 'tcp', 'tls'].includes(trunk.transport), 'transport', 'must be udp, tcp or tls'],
    [['none', 'md5', 'sha256', 'both'].includes(trunk.challenge), 'challenge', 'must be none, md5, sha256 or both'],
    [trunk.media == null || ['relay', 'direct'].includes(trunk.media), 'media', 'must be relay or direct'],
    [
      ['off', 'supported', 'required'].includes(trunk.reliability ?? 'supported'),
      'reliability',
      'must be off, supported or required',
    ],
    ...callerIdRules(trunk.callerId ?? usualCallerId),
    [trunk.codecs.every((name) => /^[A-Z0-9-]{1,20}$/.test(name)), 'codecs', 'must be names such as PCMA'],
    [
      ['off', 'history-info', 'diversion', 'both'].includes(trunk.history ?? 'both'),
      'history',
      'must be off, history-info, diversion or both',
    ],
    [
      isAlertInfo(trunk.alert ?? ''),
      'alert',
      'must be empty, or a value of Alert-Info such as <urn:alert:source:external>',
    ],
    [isTlsRule(trunk.tls), 'tls', 'must be a SHA-256 fingerprint in hex, or a certificate in PEM'],
    [(trunk.credentials === null) === (trunk.password === null), 'username and password', 'must be given together'],
  ];
  for (const [good, field, rule] of rules) if (!good) throw trunkInvalid(field, rule);
  const problem = headerRulesProblem(trunk.headerRules ?? []);
  if (problem !== undefined) throw trunkInvalid('headerRules', problem);
}

function callerIdRules(callerId: TrunkCallerId): [boolean, string, string][] {
  const { from, to, format, mainNumber } = callerId;
  return [
    [['pai', 'rpid', 'from'].includes(from), 'callerId.from', 'must be pai, rpid or from'],
    [['from', 'pai'].includes(to), 'callerId.to', 'must be from or pai'],
    [['as-is', 'plus', 'no-plus'].includes(format), 'callerId.format', 'must be as-is, plus or no-plus'],
    [/^(?:\+?[0-9]{1,20})?$/.test(mainNumber), 'callerId.mainNumber', 'must be digits, with + first for E.164'],
  ];
}

type Rule = readonly [isGood: boolean, field: string, rule: string];

/** RFC 6140: who comes from anywhere proves who it is. */
function rulesOfRegistering({ credentials, challenge, registration }: Trunk, aor: string): readonly Rule[] {
  return [
    [/^[^\s@]+@[^\s@A-Z]+$/.test(aor), 'registersAs', 'must be user@domain, the domain in lower case'],
    [credentials !== null, 'username', 'must be given for a peer that registers, with its password'],
    [challenge !== 'none', 'challenge', 'must ask a peer that registers for its password'],
    [registration === null, 'registersAs', 'cannot stand beside registration'],
  ];
}

function isTlsRule(tls: TrunkTls): boolean {
  if (tls.verify === 'pin') return /^[0-9a-f]{64}$/i.test(tls.sha256.replaceAll(':', ''));
  return tls.verify === 'chain' || tls.caPem.includes('-----BEGIN CERTIFICATE-----');
}
