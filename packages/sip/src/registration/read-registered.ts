/** What a 200 to our REGISTER says about our own contact (RFC 3261 §10.2.4, RFC 3608 §6.1, RFC 5626 §4.2.1, RFC 5627 §4.2). */

import type { NameAddr } from '../message/name-addr.ts';
import type { SipResponse } from '../message/response.ts';
import { quote } from '../message/text.ts';

export interface OwnContact {
  readonly uri: string;
  readonly instance: string | undefined;
  /** 0: none. */
  readonly regId: number;
}

export interface ReadRegistered {
  readonly expiresSec: number;
  readonly serviceRoute: readonly string[];
  readonly publicGruu: string | undefined;
  readonly temporaryGruu: string | undefined;
  readonly isOutbound: boolean;
  readonly flowTimerSec: number | undefined;
}

export function readRegistered(response: SipResponse, own: OwnContact, askedSec: number): ReadRegistered {
  const contact = response.contacts().find((one) => isOwn(one, own));
  const granted = Number(contact?.params.get('expires') ?? response.expires ?? askedSec);
  const flowTimer = Number(response.header('Flow-Timer') ?? Number.NaN);
  return {
    expiresSec: Number.isFinite(granted) && granted > 0 ? granted : askedSec,
    serviceRoute: response.headers('Service-Route'),
    publicGruu: contact?.params.get('pub-gruu') || undefined,
    temporaryGruu: contact?.params.get('temp-gruu') || undefined,
    isOutbound: own.regId > 0 && response.hasToken('Require', 'outbound'),
    flowTimerSec: Number.isInteger(flowTimer) && flowTimer > 0 ? flowTimer : undefined,
  };
}

export function formatOwnContact({ uri, instance, regId }: OwnContact): string {
  const named = instance === undefined ? '' : `;+sip.instance=${quote(`<${instance}>`)}`;
  return `<${uri}>${named}${regId > 0 ? `;reg-id=${regId}` : ''}`;
}

function isOwn({ uriText, params }: NameAddr, { uri, instance, regId }: OwnContact): boolean {
  if (uriText === uri) return true;
  return (
    instance !== undefined &&
    params.get('+sip.instance') === `<${instance}>` &&
    Number(params.get('reg-id') ?? 0) === regId
  );
}
