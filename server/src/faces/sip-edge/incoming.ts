/**
 * A new INVITE at the edge: who is it from (a trunk by its own rule, else a user by digest), may its From say so, is it for us, what does it
 * offer. Only then a call is begun; every refusal names its reason.
 */

import {
  buildResponse,
  isAnonymous,
  readAssertedIdentity,
  type ServerTransaction,
  type SipRequest,
  type Uri,
} from '@ringdown/sip';
import type { TrunkId } from '#base/ids';
import type { IncomingCall } from '#engine/calls';
import type { Wanted } from '#services/calling';
import type { DeviceCredentials, DirectoryViews } from '#services/directory';
import type { InboundResolution, TrunkRecord, Trunks } from '#services/trunks';
import { readBody } from './bodies.ts';
import {
  asksImpossible,
  callerOfTrunk,
  callerOfUser,
  partyOfUri,
  type ReadCaller,
  userOf,
  withoutOwnWords,
} from './caller.ts';
import { readWishes } from './caller-wishes.ts';
import { readCrossing } from './crossing.ts';
import type { Dialect, Dialects } from './dialects.ts';
import type { Gruus } from './gruus.ts';
import type { ReliablePeer } from './reliability.ts';
import type { FarSide } from './status-map.ts';
import type { TrunkBindings } from './trunk-bindings.ts';
import { mutualFault } from './trunk-tls.ts';

export interface IncomingOptions {
  readonly directory: DirectoryViews;
  readonly trunks: Trunks;
  readonly authenticate: (transaction: ServerTransaction, domain: string) => DeviceCredentials | undefined;
  readonly authenticateTrunk: (transaction: ServerTransaction, trunk: TrunkRecord) => boolean;
  readonly dialects: Dialects;
  readonly isOwnHost: (host: string) => boolean;
  readonly gruus: Gruus;
  readonly trunkBindings: Pick<TrunkBindings, 'from'>;
  readonly isDraining: () => boolean;
  readonly nowUtcMs: () => number;
  readonly report: (fields: Readonly<Record<string, unknown>>, text: string) => void;
}

export interface Admitted {
  readonly incoming: Omit<IncomingCall, 'legId'>;
  readonly far: FarSide;
  readonly dialect: Dialect | null;
}

/** Undefined: the request is answered. */
export function admitInvite(options: IncomingOptions, transaction: ServerTransaction): Admitted | undefined {
  const { request } = transaction;
  const refuse = (status: number, reason?: string): undefined => {
    transaction.refuse(buildResponse(request, status, reason === undefined ? {} : { reason }));
    return undefined;
  };
  const crossing = readCrossing(request);
  if (crossing === undefined) return refuse(483);
  if (options.isDraining()) {
    transaction.refuse(buildResponse(request, 503, { reason: 'Shutting Down', headers: [['Retry-After', '10']] }));
    return undefined;
  }
  const origin = admitOrigin(options, transaction);
  if (origin === undefined) return undefined;
  const dialect = options.dialects.ofSender(request, peerOf(origin));
  const said = dialect?.incoming?.(request) ?? request;
  if (asksImpossible(said)) return refuse(500, 'Privacy Not Possible');
  const body = readBody(said, dialect?.readSdp);
  if (body.kind === 'unreadable') return refuse(body.status, body.reason);
  const wanted = wantedBy(options, said, origin);
  const common = {
    edge: 'sip',
    crossing: withoutOwnWords(said === request ? crossing : (readCrossing(said) ?? crossing), wanted.identity),
    offer: body.kind === 'sdp' ? body.description : null,
    receivedUtcMs: options.nowUtcMs(),
  };
  const incoming: Admitted['incoming'] = { ...common, ...wanted };
  return { incoming, far: origin.origin.kind === 'trunk' ? 'trunk' : 'device', dialect };
}

export function peerOf({ tenantId, origin }: Origin): ReliablePeer {
  return origin.kind === 'trunk' ? { tenantId, trunkId: origin.trunkId } : { tenantId, deviceId: origin.deviceId };
}

export type Origin = Pick<IncomingCall, 'tenantId' | 'origin'>;

/** Who wants whom, and by which device. */
export function wantedBy(options: IncomingOptions, request: SipRequest, { tenantId, origin }: Origin): Wanted {
  const asked = partyOfUri(request.requestUri, '');
  const { wishes, user } = readWishes(request, options.gruus);
  const to = user === undefined ? asked : { ...asked, user };
  const wanted = { tenantId, origin, ...callerOf(options, request, { tenantId, origin }), to };
  return wishes === undefined ? wanted : { ...wanted, wishes };
}

function callerOf({ directory, isOwnHost, trunks }: IncomingOptions, request: SipRequest, of: Origin): ReadCaller {
  const { tenantId, origin } = of;
  if (origin.kind === 'user') return callerOfUser(request, { directory, isOwnHost, tenantId, origin });
  const trunk = trunks.views.get(tenantId, origin.trunkId);
  return trunk === undefined
    ? { from: partyOfUri(request.from.uri, request.from.displayName) }
    : callerOfTrunk(request, trunk.body);
}

/** Undefined: the request is answered. */
export function admitOrigin(options: IncomingOptions, transaction: ServerTransaction): Origin | undefined {
  const peer = findTrunk(options, transaction);
  return peer === undefined ? admitUser(options, transaction) : admitTrunk(options, transaction, peer);
}

type KnownPeer = Exclude<InboundResolution, { kind: 'unknown-peer' }>;

/** Whether it comes from where a trunk is, and says to be no user of ours; nothing is proven by that. */
export function isFromTrunk(options: IncomingOptions, transaction: ServerTransaction): boolean {
  return findTrunk(options, transaction) !== undefined;
}

function findTrunk(options: IncomingOptions, transaction: ServerTransaction): KnownPeer | undefined {
  const { kind, remote } = transaction.flow;
  // A browser is no carrier.
  if (kind === 'ws' || kind === 'wss' || isFromUser(options, transaction)) return undefined;
  const source = { address: remote.address, port: remote.port, transport: kind };
  const registered = options.trunkBindings.from(transaction.flow);
  const peer = options.trunks.resolveInbound(source, userOf(transaction.request.requestUri), registered);
  return peer.kind === 'unknown-peer' ? undefined : peer;
}

function admitTrunk(options: IncomingOptions, transaction: ServerTransaction, peer: KnownPeer): Origin | undefined {
  const fault = mutualFault(peer.trunk, transaction.flow, options.nowUtcMs());
  if (fault !== undefined) {
    const { callId: sipCallId } = transaction.request;
    options.report({ trunk: peer.trunk.body.name, why: fault, sipCallId }, 'a trunk without its certificate');
    transaction.refuse(buildResponse(transaction.request, 403, { reason: 'Certificate Not Accepted' }));
    return undefined;
  }
  if (!options.authenticateTrunk(transaction, peer.trunk)) return undefined;
  if (peer.kind === 'number')
    return { tenantId: peer.trunk.tenant, origin: { kind: 'trunk', trunkId: peer.trunk.id as TrunkId } };
  transaction.refuse(buildResponse(transaction.request, 404, { reason: 'Not A Number Of This Trunk' }));
  return undefined;
}

function admitUser(options: IncomingOptions, transaction: ServerTransaction): Origin | undefined {
  const { request } = transaction;
  const from = request.from.uri;
  const saysNobody = isAnonymous(request.from);
  const host = hostOf(saysNobody ? claimedBy(request) : from);
  const credentials = options.authenticate(transaction, host);
  if (credentials === undefined) return undefined;
  const domain = options.directory.findDomain(host, options.isOwnHost(host));
  const isOwn =
    saysNobody ||
    (domain !== undefined &&
      options.directory.ownsAddress(credentials.tenant, credentials.user, userOf(from), domain.name));
  const target = request.requestUri;
  const isForUs =
    target.kind === 'tel' ||
    (target.kind === 'sip' &&
      options.directory.findDomain(target.host, options.isOwnHost(target.host))?.tenant === credentials.tenant);
  if (isOwn && isForUs)
    return {
      tenantId: credentials.tenant,
      origin: { kind: 'user', userId: credentials.user, deviceId: credentials.device },
    };
  transaction.respond(
    buildResponse(request, 403, { reason: isOwn ? 'No Relaying To Other Domains' : 'From Is Not Yours' }),
  );
  return undefined;
}

/** A carrier and a phone may share an address (a test machine does): who claims to be a user of ours is asked for that user's password. */
function isFromUser(options: IncomingOptions, { request }: ServerTransaction): boolean {
  const claimed = isAnonymous(request.from)
    ? readAssertedIdentity(request, 'P-Preferred-Identity')?.sip?.uri
    : request.from.uri;
  if (claimed?.kind !== 'sip') return false;
  const domain = options.directory.findDomain(claimed.host, options.isOwnHost(claimed.host));
  return domain !== undefined && options.directory.findAddress(userOf(claimed), domain.name) !== undefined;
}

/** RFC 3325 §6: who hides behind an anonymous From says to its own server who it is; else it is somebody of the domain that it calls. */
function claimedBy(request: SipRequest): Uri {
  return readAssertedIdentity(request, 'P-Preferred-Identity')?.sip?.uri ?? request.requestUri;
}

function hostOf(uri: Uri): string {
  return uri.kind === 'sip' ? uri.host : '';
}
