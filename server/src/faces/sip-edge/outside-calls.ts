/** What comes outside of calls: REGISTER and OPTIONS to the server are answered here, what is for a user is carried to its phones, the rest is refused. */
import {
  buildResponse,
  checkRequest,
  checkSips,
  type HeaderPair,
  type RequestPolicy,
  type ServerTransaction,
} from '@ringdown/sip';
import type { Registrar } from '#services/registrar';
import { type CarriedRequestsOptions, carryRequests, isCarried } from './carried-requests.ts';
import { isFromTrunk } from './incoming.ts';
import { createDateHeader, type RegisterOptions, receiveRegister } from './register.ts';
import type { Subscriptions } from './watching/subscriptions.ts';

export const allow =
  'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, REFER';
const watchingMethods: ReadonlySet<string> = new Set(['SUBSCRIBE', 'NOTIFY', 'PUBLISH']);
const served: RequestPolicy = {
  role: 'server',
  methods: allow.split(', '),
  extensions: ['path', 'outbound', 'timer', '100rel', 'gruu', 'gin'],
};

export interface OutsideCallsOptions
  extends Omit<CarriedRequestsOptions, 'allow' | 'headers'>,
    Pick<RegisterOptions, 'keepFlow' | 'serviceRoute' | 'waking'> {
  readonly registrar: Registrar;
  readonly userAgent: string;
  readonly subscriptions: Pick<Subscriptions, 'receive' | 'packages'>;
}

export function receiveOutside(options: OutsideCallsOptions): (transaction: ServerTransaction) => void {
  const carrying = carryRequests({ ...options, allow, headers: [['Server', options.userAgent]] });
  const registering: RegisterOptions = { ...options, formatDate: createDateHeader(options.nowUtcMs) };
  const about: readonly HeaderPair[] = [
    ['Allow', allow],
    ['Accept', 'application/sdp'],
    ['Supported', 'timer, 100rel, replaces, path, outbound, gruu, gin'],
    ['Allow-Events', options.subscriptions.packages],
    ['User-Agent', options.userAgent],
  ];
  return (transaction) => {
    const { request, flow } = transaction;
    // Interop: carriers ask by OPTIONS with any name in it whether we live, and some take nothing but 200 for an answer.
    const asksUs = request.method === 'OPTIONS' && isFromTrunk(options, transaction);
    const isForUser = isCarried(request) && !asksUs;
    const rejection = checkSips(request, flow) ?? (isForUser ? undefined : checkRequest(request, served));
    if (rejection !== undefined) {
      const { status, reason, headers } = rejection;
      transaction.respond(buildResponse(request, status, { reason, headers }));
    } else if (isForUser) carrying.onRequest(transaction);
    else if (request.method === 'REGISTER') receiveRegister(registering, transaction);
    else if (watchingMethods.has(request.method)) options.subscriptions.receive(transaction);
    else if (request.method === 'OPTIONS') transaction.respond(buildResponse(request, 200, { headers: about }));
    // Outside of a call nobody is there to be referred, and in one that we do not know neither.
    else if (request.method === 'REFER' && request.to.tag === undefined)
      transaction.respond(buildResponse(request, 403, { reason: 'Only In A Call' }));
    else transaction.respond(buildResponse(request, 481));
  };
}
