/** REGISTER (RFC 3261 §10.3): authenticated, then the registrar's verb; its outcome as a response. */

import {
  buildResponse,
  type Flow,
  formatDate,
  isSips,
  type NameAddr,
  quote,
  type ServerTransaction,
  type SipRequest,
} from '@ringdown/sip';
import type { DeviceCredentials, DirectoryViews } from '#services/directory';
import type { BindingFlow, RegisterContact, RegisteredContact, Registrar } from '#services/registrar';
import type { KeepFlow } from './flow-table.ts';
import { isBehindNat } from './peer-place.ts';

export interface RegisterOptions {
  readonly directory: DirectoryViews;
  readonly registrar: Registrar;
  readonly authenticate: (transaction: ServerTransaction, domain: string) => DeviceCredentials | undefined;
  /** The flow that a binding came over, kept so that calls go back by it; pinged so often, 0: never. */
  readonly keepFlow: (flow: Flow, kept: KeepFlow) => void;
  readonly formatDate: () => string;
  readonly isOwnHost: (host: string) => boolean;
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
  const credentials = options.authenticate(transaction, host);
  if (credentials === undefined) return;
  const user = to.user ?? '';
  if (!options.directory.ownsAddress(credentials.tenant, credentials.user, user, domain.name)) {
    transaction.respond(buildResponse(request, 403, { reason: 'Not Your Address' }));
    return;
  }
  const addresses = request.contacts();
  const contacts = request.hasWildcardContact ? ('all' as const) : addresses.map(readContact);
  const outcome = options.registrar.register({
    tenant: credentials.tenant,
    aor: `${user}@${domain.name}`,
    contacts,
    callId: request.callId,
    cseq: request.cseq.seq,
    ...(request.expires === undefined ? {} : { expiresSec: request.expires }),
    flow: bindingFlow(flow),
    path: request.headers('Path'),
    userAgent: request.header('User-Agent') ?? '',
    device: credentials.device,
    nat: contacts !== 'all' && isBehindNat(addresses[0], flow),
  });
  answer(options, transaction, outcome);
}

function answer(
  options: RegisterOptions,
  transaction: ServerTransaction,
  outcome: ReturnType<Registrar['register']>,
): void {
  const { request, flow } = transaction;
  if (outcome.kind === 'ok') {
    const here = outcome.bindings.filter(({ binding }) => binding.flow?.id === flow.id);
    const forSec = Math.max(0, ...here.map(({ expiresSec }) => expiresSec));
    const contact = here[0]?.binding.contact ?? '';
    if (forSec > 0) options.keepFlow(flow, { forSec, pingSec: outcome.keepAliveSec ?? 0, contact });
    const headers = [
      ...outcome.bindings.map(contactRow),
      // RFC 3327 §5.3: the Path is given back, so that the phone sees by which way it will be called.
      ...request.headers('Path').map((path): [string, string] => ['Path', path]),
      ...outboundRows(request, flow, here),
      ['Date', options.formatDate()] as const,
    ];
    transaction.respond(buildResponse(request, 200, { headers }));
  } else if (outcome.kind === 'too-brief') {
    transaction.respond(buildResponse(request, 423, { headers: [['Min-Expires', String(outcome.minExpiresSec)]] }));
  } else if (outcome.kind === 'out-of-order') {
    transaction.respond(buildResponse(request, 500, { reason: 'Out Of Order' }));
  } else transaction.respond(buildResponse(request, 400, { reason: 'Bad Contact' }));
}

function contactRow({ binding, expiresSec }: RegisteredContact): [string, string] {
  const q = binding.q === 1 ? '' : `;q=${binding.q}`;
  const instance = binding.instance === '' ? '' : `;+sip.instance=${quote(binding.instance)}`;
  const regId = binding.regId === 0 ? '' : `;reg-id=${binding.regId}`;
  return ['Contact', `<${binding.contact}>;expires=${expiresSec}${q}${instance}${regId}`];
}

/**
 * RFC 5626 §6: says that the flow itself is what was registered, and how often the phone should ping (§4.4.1, §5.4).
 * Unimplemented: over UDP, where the phone would ping by STUN (§4.4.2).
 */
function outboundRows(request: SipRequest, flow: Flow, here: readonly RegisteredContact[]): [string, string][] {
  if (!flow.reliable) return [];
  const isWanted = request.headers('Supported').some((tag) => tag.trim().toLowerCase() === 'outbound');
  const isDone = here.some(({ binding }) => binding.regId > 0);
  if (!isWanted || !isDone) return [];
  return [
    ['Require', 'outbound'],
    ['Flow-Timer', String(flowTimerSec)],
  ];
}

const flowTimerSec = 120;

function readContact({ uriText, params }: NameAddr): RegisterContact {
  const expiresSec = readNumber(params.get('expires'), /^\d{1,10}$/);
  const q = readNumber(params.get('q'), /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/);
  const regId = readNumber(params.get('reg-id'), /^[1-9]\d{0,9}$/);
  const instance = params.get('+sip.instance');
  return {
    uri: uriText,
    ...(expiresSec === undefined ? {} : { expiresSec }),
    ...(q === undefined ? {} : { q }),
    ...(instance === undefined || instance === '' ? {} : { instance }),
    ...(regId === undefined ? {} : { regId }),
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
