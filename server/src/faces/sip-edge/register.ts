/** REGISTER (RFC 3261 §10.3): authenticated, then the registrar's verb; its outcome as a response. */

import {
  agreeToKeepAlives,
  buildResponse,
  capabilitiesOf,
  type Flow,
  formatDate,
  type HeaderPair,
  isSips,
  type NameAddr,
  offersKeepAlives,
  type ServerTransaction,
} from '@ringdown/sip';
import type { BindingFlow, RegisterContact, Registrar } from '#services/registrar';
import type { KeepFlow } from './flow-table.ts';
import type { Gruus } from './gruus.ts';
import { admitRegistrant, type RegistrantOptions } from './may-register.ts';
import { judgeOutbound, outboundRows } from './outbound.ts';
import { isBehindNat } from './peer-place.ts';
import { registeredRows } from './registered-rows.ts';
import type { Waking } from './waking.ts';

export interface RegisterOptions extends RegistrantOptions {
  readonly registrar: Registrar;
  /** The flow that a binding came over, kept so that calls go back by it; pinged so often, 0: never. */
  readonly keepFlow: (flow: Flow, kept: KeepFlow) => void;
  readonly formatDate: () => string;
  readonly gruus: Gruus;
  /** Route values that phones put before their requests (RFC 3608); none: as they like. */
  readonly serviceRoute: readonly string[];
  /** Null: no phone is woken, and what it says of push counts for nothing. */
  readonly waking: Waking | null;
}

export function receiveRegister(options: RegisterOptions, transaction: ServerTransaction): void {
  const { request, flow } = transaction;
  const to = request.to.uri;
  const host = to.kind === 'sip' ? to.host : '';
  const domain = options.directory.findDomain(host, options.isOwnHost(host));
  if (to.kind !== 'sip' || domain === undefined) {
    transaction.respond(buildResponse(request, 404, { reason: 'Not A Domain Of This Registrar' }));
    return;
  }
  // RFC 5630 §3.1.2: what is to be reached by TLS alone registers by it.
  if (!flow.secure && request.contacts().some(({ uriText }) => isSips(uriText))) {
    transaction.respond(buildResponse(request, 403, { reason: 'SIPS Contact Needs TLS' }));
    return;
  }
  const user = to.user ?? '';
  const aor = `${user}@${domain.name}`;
  const registrant = admitRegistrant(options, transaction, { user, host, domain: domain.name, aor });
  if (registrant === undefined) return;
  const addresses = request.contacts();
  const outbound = judgeOutbound(request, request.hasWildcardContact ? [] : addresses.map(readContact));
  if (outbound.kind === 'first-hop-lacks-outbound') {
    transaction.respond(buildResponse(request, 439));
    return;
  }
  const contacts = request.hasWildcardContact ? ('all' as const) : outbound.contacts;
  const pushes = options.waking?.rowsFor(addresses.map(({ uriText }) => uriText)) ?? noRows;
  if (options.waking !== null && pushes === noRows) {
    transaction.respond(buildResponse(request, 555));
    return;
  }
  const outcome = options.registrar.register({
    tenant: registrant.tenant,
    aor,
    contacts,
    callId: request.callId,
    cseq: request.cseq.seq,
    ...(request.expires === undefined ? {} : { expiresSec: request.expires }),
    flow: bindingFlow(flow),
    path: request.headers('Path'),
    userAgent: request.header('User-Agent') ?? '',
    device: registrant.device,
    nat: contacts !== 'all' && isBehindNat(addresses[0], flow),
  });
  answer(options, transaction, { aor, outcome, pushes });
  if (outcome.kind === 'ok') for (const { uriText } of addresses) options.waking?.registered(uriText);
}

const noRows: readonly HeaderPair[] = [];

interface Registered {
  readonly aor: string;
  readonly outcome: ReturnType<Registrar['register']>;
  readonly pushes: readonly HeaderPair[];
}

function answer(options: RegisterOptions, transaction: ServerTransaction, { aor, outcome, pushes }: Registered): void {
  const { request, flow } = transaction;
  if (outcome.kind === 'ok') {
    const here = outcome.bindings.filter(({ binding }) => binding.flow?.id === flow.id);
    const forSec = Math.max(0, ...here.map(({ expiresSec }) => expiresSec));
    const contact = here[0]?.binding.contact ?? '';
    if (forSec > 0) options.keepFlow(flow, { forSec, pingSec: outcome.keepAliveSec ?? 0, contact });
    const headers = [
      ...registeredRows(outcome.bindings, { request, aor, gruus: options.gruus }),
      // RFC 3327 §5.3: the Path is given back, so that the phone sees by which way it will be called.
      ...request.headers('Path').map((path): [string, string] => ['Path', path]),
      ...outboundRows(request, flow, here),
      ...pushes,
      // RFC 3608 §6.3: which way the phone's requests are to take.
      ...options.serviceRoute.map((route): [string, string] => ['Service-Route', route]),
      ['Date', options.formatDate()] as const,
    ];
    const response = buildResponse(request, 200, { headers });
    transaction.respond(offersKeepAlives(request) ? agreeToKeepAlives(response, keepAliveSec(flow)) : response);
  } else if (outcome.kind === 'too-brief') {
    transaction.respond(buildResponse(request, 423, { headers: [['Min-Expires', String(outcome.minExpiresSec)]] }));
  } else if (outcome.kind === 'out-of-order') {
    transaction.respond(buildResponse(request, 500, { reason: 'Out Of Order' }));
  } else transaction.respond(buildResponse(request, 400, { reason: 'Bad Contact' }));
}

/** RFC 6223 §4.4: as RFC 5626 §4.4 has it of flows. */
function keepAliveSec({ reliable }: Flow): number {
  return reliable ? 120 : 30;
}

function readContact({ uriText, params }: NameAddr): RegisterContact {
  const expiresSec = readNumber(params.get('expires'), /^\d{1,10}$/);
  const q = readNumber(params.get('q'), /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/);
  const regId = readNumber(params.get('reg-id'), /^[1-9]\d{0,9}$/);
  const instance = params.get('+sip.instance');
  const capabilities = capabilitiesOf(params);
  return {
    uri: uriText,
    ...(expiresSec === undefined ? {} : { expiresSec }),
    ...(q === undefined ? {} : { q }),
    ...(instance === undefined || instance === '' ? {} : { instance }),
    ...(regId === undefined ? {} : { regId }),
    ...(capabilities === '' ? {} : { capabilities }),
  };
}

/** RFC 3261 §20.10: what is no number counts as not given; an empty `expires` must not remove the binding. */
function readNumber(text: string | undefined, form: RegExp): number | undefined {
  return text !== undefined && form.test(text) ? Number(text) : undefined;
}

function bindingFlow(flow: Flow): BindingFlow {
  return {
    id: flow.id,
    kind: flow.kind,
    remoteAddress: flow.remote.address,
    remotePort: flow.remote.port,
    localAddress: flow.local.address,
    localPort: flow.local.port,
  };
}

/** The Date of the moment; made once a second. */
export function createDateHeader(nowUtcMs: () => number): () => string {
  let second = -1;
  let text = '';
  return () => {
    const now = Math.floor(nowUtcMs() / 1_000);
    if (now !== second) text = formatDate(now * 1_000);
    second = now;
    return text;
  };
}
