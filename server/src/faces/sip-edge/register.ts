/** REGISTER (RFC 3261 §10.3): authenticated, then the registrar's verb; its outcome as a response. */

import { buildResponse, type Flow, type ServerTransaction, type SipRequest } from '@ringdown/sip';
import type { DeviceCredentials, DirectoryViews } from '#services/directory';
import type { BindingFlow, RegisterContact, Registrar } from '#services/registrar';

export interface RegisterOptions {
  readonly directory: DirectoryViews;
  readonly registrar: Registrar;
  readonly authenticate: (transaction: ServerTransaction, domain: string) => DeviceCredentials | undefined;
  /** The flow that a binding came over, kept so that calls go back by it. */
  readonly keepFlow: (flow: Flow) => void;
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
  const credentials = options.authenticate(transaction, host);
  if (credentials === undefined) return;
  const user = to.user ?? '';
  if (!options.directory.ownsAddress(credentials.tenant, credentials.user, user, domain.name)) {
    transaction.respond(buildResponse(request, 403, { reason: 'Not Your Address' }));
    return;
  }
  const contacts = request.hasWildcardContact ? ('all' as const) : readContacts(request);
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
    nat: contacts !== 'all' && isBehindNat(request, flow),
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
    options.keepFlow(flow);
    const rows = outcome.bindings.map(({ binding, expiresSec }): [string, string] => [
      'Contact',
      `<${binding.contact}>;expires=${expiresSec}${binding.q === 1 ? '' : `;q=${binding.q}`}`,
    ]);
    transaction.respond(buildResponse(request, 200, { headers: [...rows, ['Date', options.formatDate()]] }));
  } else if (outcome.kind === 'too-brief') {
    transaction.respond(buildResponse(request, 423, { headers: [['Min-Expires', String(outcome.minExpiresSec)]] }));
  } else if (outcome.kind === 'out-of-order') {
    transaction.respond(buildResponse(request, 500, { reason: 'Out Of Order' }));
  } else transaction.respond(buildResponse(request, 400, { reason: 'Bad Contact' }));
}

function readContacts(request: SipRequest): RegisterContact[] {
  return request.contacts().map((contact) => {
    const expires = Number(contact.params.get('expires') ?? Number.NaN);
    const q = Number(contact.params.get('q') ?? Number.NaN);
    const instance = contact.params.get('+sip.instance');
    const regId = Number(contact.params.get('reg-id') ?? Number.NaN);
    return {
      uri: contact.uriText,
      ...(Number.isInteger(expires) && expires >= 0 ? { expiresSec: expires } : {}),
      ...(q >= 0 && q <= 1 ? { q } : {}),
      ...(instance === undefined || instance === '' ? {} : { instance }),
      ...(Number.isInteger(regId) && regId > 0 ? { regId } : {}),
    };
  });
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

/** The phone is not where its Contact says. A Contact with a name is believed to be reachable. */
function isBehindNat(request: SipRequest, flow: Flow): boolean {
  const uri = request.contacts()[0]?.uri;
  if (uri?.kind !== 'sip' || !/^[\d.]+$|:/.test(uri.host)) return false;
  return (
    uri.host.replace(/^\[|\]$/g, '') !== flow.remote.address ||
    (!flow.reliable && (uri.port ?? 5060) !== flow.remote.port)
  );
}
