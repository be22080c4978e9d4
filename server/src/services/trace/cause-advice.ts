/** One entry per end cause: why, in the words of what was seen, and what to do. Read by explain. */
import type { EndCauseCode } from '#engine/calls';
import { endCauses } from '#engine/calls';
import type { CdrSummary } from '#services/cdr';
import type { Evidence } from './evidence.ts';

export interface Advice {
  readonly why: string;
  /** Empty where there is nothing to do. */
  readonly todo: string;
}

interface Known {
  readonly cdr: CdrSummary;
  readonly evidence: Evidence;
  readonly from: string;
  readonly to: string;
  /** ` (seen detail)`, or empty. */
  readonly detail: string;
}

export function adviceFor(cdr: CdrSummary, evidence: Evidence): Advice {
  const { detail } = cdr.cause;
  const known: Known = {
    cdr,
    evidence,
    from: cdr.from.user || 'The caller',
    to: cdr.to.user || 'the callee',
    detail: detail === undefined || detail === '' ? '' : ` (${detail})`,
  };
  return causeAdvice[cdr.cause.code](known);
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

/** What the peer answered, as it said it. */
function refusal({ cdr, evidence }: Known): string {
  const { refusedByPeer: seen } = evidence;
  if (seen === undefined) return cdr.cause.status === undefined ? 'refused it' : `refused it with ${cdr.cause.status}`;
  const more = seen.more === '' ? '' : `, ${seen.more}`;
  return `at ${seen.remote} refused it with ${seen.status} ${seen.reason}${more}`;
}

function sentTo({ evidence }: Known): string {
  const silent = evidence.sentInvites.find(({ isAnsweredAtAll }) => !isAnsweredAtAll) ?? evidence.sentInvites[0];
  if (silent === undefined) return 'The INVITE got no response';
  const times = silent.count === 1 ? 'once' : `${silent.count} times`;
  return `The INVITE was sent ${times} to ${silent.remote} over ${silent.kind.toUpperCase()} and nothing came back`;
}

function own(code: EndCauseCode, todo: string): (known: Known) => Advice {
  return ({ detail }) => ({ why: endCauses[code].text.replace(/\.$/, `${detail}.`), todo });
}

const nothingToDo = '';
const checkTheWay =
  'Check that the far side runs, and that firewall and NAT let the packets through in both directions.';
const findDefect = 'Look into the log of this server around that time and report it with this trace.';

const causeAdvice: Readonly<Record<EndCauseCode, (known: Known) => Advice>> = {
  'normal-clearing': ({ cdr }) => ({
    why:
      cdr.answerUtcMs === null
        ? 'The call was ended before an answer.'
        : `Nothing failed: the call was answered after ${seconds(cdr.answerUtcMs - cdr.startUtcMs)}, lasted ${seconds(cdr.talkMs)}, and was hung up.`,
    todo: nothingToDo,
  }),
  transferred: ({ cdr }) => ({
    why: `Nothing failed: a party was transferred, and goes on in the call ${cdr.transferredTo ?? 'that it was transferred to'}.`,
    todo: nothingToDo,
  }),
  cancelled: ({ cdr }) => ({
    why: `The caller gave up after ${seconds(cdr.totalMs)}, before anybody answered.`,
    todo: nothingToDo,
  }),
  'answered-elsewhere': own('answered-elsewhere', nothingToDo),
  'no-answer': (known) => {
    const { cdr, evidence, to } = known;
    const isSilent = evidence.sentInvites.length > 0 && evidence.sentInvites.every((one) => !one.isAnsweredAtAll);
    // The ring time may be over before the transaction gives up (RFC 3261 §17.1.1.2, Timer B).
    if (cdr.ringUtcMs === null && isSilent) return { why: `${sentTo(known)}.`, todo: checkTheWay };
    return {
      why: `${to} rang for ${seconds(cdr.ringMs)} and nobody answered.`,
      todo: 'Nothing is broken; a longer ring time or a forward on no answer would help.',
    };
  },
  busy: (known) => ({
    why: `${known.to} is busy: the far side ${refusal(known)}.`,
    todo: 'If nobody was talking, look for do-not-disturb or a call limit in that phone.',
  }),
  declined: (known) => ({
    why: `${known.to} declined the call: the far side ${refusal(known)}.`,
    todo: 'If nobody pressed a key, look for do-not-disturb or a block list in that phone.',
  }),
  'not-registered': (known) => ({
    why:
      known.cdr.cause.by === 'peer'
        ? `${known.to} is not available: the far side ${refusal(known)}.`
        : `${known.to} exists, but none of its phones is registered.`,
    todo: 'Check account, password and network of that phone; `ringdown trace` with its extension shows its last registration.',
  }),
  'not-found': ({ to }) => ({
    why: `"${to}" is no user, number or service here, and no route leads to it.`,
    todo: 'Correct the number that was dialled, or add it: ringdown number add.',
  }),
  'no-route': ({ to }) => ({
    why: `No route sends "${to}" to a trunk.`,
    todo: 'Add a trunk with a prefix that the number begins with: ringdown trunk add NAME --host HOST --prefix DIGITS.',
  }),
  forbidden: (known) => ({
    why:
      known.cdr.cause.by === 'peer'
        ? `The far side ${refusal(known)}.`
        : `${known.from} may not call "${known.to}"${known.detail}.`,
    todo: 'Allow it, or dial another number.',
  }),
  'bad-request': (known) => ({
    why: `The request was malformed${known.detail}.`,
    todo: 'Look at the INVITE in this trace, and update the software that sent it.',
  }),
  'too-many-hops': (known) => ({
    why: `The call to "${known.to}" went in a circle and was stopped with 483 (Max-Forwards used up)${known.evidence.receivedInvites > 1 ? `: it came in ${known.evidence.receivedInvites} times` : ''}.`,
    todo: 'Look for two forwards, or a number and a trunk, that send the call to each other.',
  }),
  'channels-used-up': own('channels-used-up', 'Raise the limit of the trunk or the server, or wait for a call to end.'),
  'no-common-codec': ({ evidence, detail }) => ({
    why: `The two sides share no codec${detail}: the caller offers ${list(evidence.offered)}${evidence.answered.length === 0 ? '' : `, the other side ${list(evidence.answered)}`}.`,
    todo: 'Switch a common codec on in both, for instance PCMU or PCMA (G.711), or in the settings of the device or trunk.',
  }),
  'not-acceptable': (known) => ({
    why: `The far side ${refusal(known)}: it did not accept the session description, which offered ${list(known.evidence.offered)}.`,
    todo: 'Compare the codecs and the encryption (SRTP or none) that both sides allow.',
  }),
  unsupported: own('unsupported', 'Switch the required extension off in the caller.'),
  'request-timeout': (known) => ({
    why: `${sentTo(known)}${known.detail}.`,
    todo: checkTheWay,
  }),
  unreachable: ({ evidence, to, detail }) => {
    const failure = evidence.failures.at(-1);
    return {
      why:
        failure === undefined
          ? `No connection to ${to} could be made${detail}.`
          : `No connection to ${failure.remote} could be made: ${failure.code}, ${failure.detail}.`,
      todo: 'Check address, port and transport, and that the far side listens.',
    };
  },
  'upstream-rejected': (known) => ({
    why: `The trunk ${refusal(known)}.`,
    todo: 'Check the number format and caller number that the trunk expects; its operator can say what this status means there.',
  }),
  'upstream-failed': (known) => ({
    why: `The trunk ${refusal(known)}.`,
    todo: 'The far server has a problem of its own: try later, add a second trunk for the route, or ask its operator.',
  }),
  'trunk-down': ({ detail }) => ({
    why: `The trunk was not tried, as it is down${detail}.`,
    todo: `${checkTheWay} A second trunk for the route would have taken the call.`,
  }),
  'upstream-auth': ({ detail }) => ({
    why: `The trunk asked for credentials and did not accept ours${detail}.`,
    todo: 'Correct user name and password of the trunk.',
  }),
  'no-ack': ({ evidence: { unacknowledged: seen } }) => ({
    why:
      seen === undefined
        ? 'The answer (200 OK) was never acknowledged.'
        : `${seen.missing === 'ACK' ? 'The answer (200 OK)' : `The ringing (${seen.status})`} was sent ${seen.count} times to ${seen.remote} and no ${seen.missing} came; the ${seen.missing} goes to our Contact ${seen.contact}.`,
    todo: 'If the caller cannot reach that address, set sip.advertisedAddress; otherwise look at its NAT and firewall.',
  }),
  'media-timeout': ({ detail }) => ({
    why: `Signalling was well, but no audio came from a party for too long${detail}.`,
    todo: 'Look for NAT or a firewall that drops the UDP ports of RTP, and for a phone that lost its network.',
  }),
  'session-expired': own(
    'session-expired',
    'The far side vanished or ignores session timers (RFC 4028); look at its network.',
  ),
  'dialog-gone': own('dialog-gone', 'The far side was restarted, or lost the call (481); look at its log.'),
  'media-lost': own('media-lost', findDefect),
  'media-exhausted': own('media-exhausted', 'Widen the range of RTP ports, or take fewer calls.'),
  'control-restarted': own(
    'control-restarted',
    'Look into the log for why it restarted; the end shown is the last sign of life.',
  ),
  'shutting-down': own('shutting-down', 'Call again when the server is up.'),
  overloaded: own('overloaded', 'Give the server more cores, or limit the rate of calls.'),
  'internal-error': own('internal-error', findDefect),
};

/** A refusal of ours that no record tells of. */
const ofStatus: Readonly<Record<number, readonly [EndCauseCode, faultOf: string, todo: string]>> = {
  400: ['bad-request', 'the caller', 'Look at the request in this trace, and update the software that sent it.'],
  403: ['forbidden', 'the caller', 'The sender is neither a user nor the address of a trunk, or may not do this.'],
  404: ['not-found', 'the caller', 'Correct the number or the domain that was dialled.'],
  420: ['unsupported', 'the caller', 'Switch the required extension off in the caller.'],
  483: ['too-many-hops', 'this server', 'Look for two servers or forwards that send the call to each other.'],
  488: ['no-common-codec', 'not known', 'Switch a common codec on, for instance PCMU or PCMA (G.711).'],
  503: ['overloaded', 'this server', 'The server was overloaded or is being stopped; try later.'],
};

export function causeOfRefusal(status: number): { code: string; faultOf: string; todo: string } {
  const known = ofStatus[status];
  if (known === undefined) return { code: 'refused', faultOf: status >= 500 ? 'this server' : 'not known', todo: '' };
  const [code, faultOf, todo] = known;
  return { code, faultOf, todo };
}
