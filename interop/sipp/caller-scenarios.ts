/**
 * SIPp as caller (and as registering user). Fields of its `-inf` file: 0 user name, 1 `[authentication username=… password=…]`,
 * 2 whom to call, 3 domain. Both challenges are taken: 401 (a B2BUA is a UAS) and 407 (a proxy).
 */
import {
  holding,
  label,
  oneMore,
  pause,
  receive,
  type Step,
  scenario,
  sdp,
  send,
  spoken,
  timewait,
} from './scenario-xml.ts';

const via = (branch = '[branch]') => `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch};rport`;
const from = 'From: <sip:[field0]@[field3]>;tag=[pid]a[call_number]';
const callId = 'Call-ID: [call_id]';
const contact = 'Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>';
const target = 'sip:[field2]@[field3]';
const to = `To: <${target}>`;
/** Not SIPp's own `[peer_tag_param]`: that is of whatever came last, and may be of a challenge that was sent again. */
const toPeer = `To: <${target}>[$tag]`;
const allow = 'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE';
const withAuth = '[field1]';

function invite(cseq: number, more: readonly string[] = [], attributes?: string): Step {
  const lines = [`INVITE ${target} SIP/2.0`, via(), 'Max-Forwards: 70', from, to, callId];
  const options = { retransmits: true, ...(attributes === undefined ? {} : { attributes }) };
  return send([...lines, `CSeq: ${cseq} INVITE`, contact, allow, ...more], sdp(), options);
}

function ackFailure(cseq: number, branch: string, attributes?: string): Step {
  const lines = [
    `ACK ${target} SIP/2.0`,
    via(branch),
    'Max-Forwards: 70',
    from,
    '[last_To:]',
    callId,
    `CSeq: ${cseq} ACK`,
  ];
  return send(lines, [], attributes === undefined ? {} : { attributes });
}

function inDialog(method: string, cseq: number, body: readonly string[] = [], more: readonly string[] = []): Step {
  const lines = [`${method} [next_url] SIP/2.0`, via(), 'Max-Forwards: 70', '[routes]', from, toPeer, callId];
  const offers = method === 'INVITE' ? [contact, allow] : [];
  return send([...lines, `CSeq: ${cseq} ${method}`, ...offers, ...more], body, { retransmits: method !== 'ACK' });
}

/** Messages 0 to 5: the last is the INVITE with credentials, CSeq 2. */
function challengedInvite(more: readonly string[] = []): Step[] {
  return [
    invite(1, more),
    receive({ response: 100 }, 'optional="true"'),
    receive({ response: 407 }, 'auth="true" optional="true" next="1"'),
    receive({ response: 401 }, 'auth="true"'),
    label(1),
    ackFailure(1, '[branch-4]'),
    invite(2, [withAuth, ...more]),
  ];
}

function message(cseq: number, more: readonly string[] = []): Step {
  const lines = [
    `MESSAGE ${target} SIP/2.0`,
    via(),
    'Max-Forwards: 70',
    from,
    to,
    callId,
    `CSeq: ${cseq} MESSAGE`,
    ...more,
  ];
  return send(lines, ['Hello from SIPp'], { retransmits: true, type: 'text/plain' });
}

const provisional: readonly Step[] = [
  receive({ response: 100 }, 'optional="true"'),
  receive({ response: 180 }, 'optional="true"'),
  receive({ response: 183 }, 'optional="true"'),
];
const saveTag = '<ereg regexp=";tag=[^;[:space:]]+" search_in="hdr" header="To:" check_it="true" assign_to="tag"/>';
/** A provisional with 100rel, and its PRACK (RFC 3262 §4); the variable keeps its RSeq. */
function reliably(status: 180 | 183, prackSeq: number, variable: number): Step[] {
  const rseq = `<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="${variable}"/>`;
  const rack = `RAck: [$${variable}] 2 INVITE`;
  const lines = ['PRACK [next_url] SIP/2.0', via(), 'Max-Forwards: 70', '[routes]', from, toPeer, callId];
  return [
    receive({ response: 100 }, 'optional="true"'),
    receive({ response: status }, 'rrs="true"', `${rseq}${saveTag}`),
    send([...lines, `CSeq: ${prackSeq} PRACK`, rack], [], { retransmits: true }),
    receive({ response: 200 }),
  ];
}

const answered = receive({ response: 200 }, 'rrs="true"', saveTag);
const ok = receive({ response: 200 });

/** Messages 6 to 9 are the answers, 10 the ACK. */
function refusedCall(name: string, status: number): string {
  return scenario(name, [
    ...challengedInvite(),
    ...provisional,
    receive({ response: status }),
    ackFailure(2, '[branch-5]'),
    timewait,
  ]);
}

function register(cseq: number, more: readonly string[] = [], expiresSec = 600): Step {
  const lines = [
    'REGISTER sip:[field3] SIP/2.0',
    via(),
    'Max-Forwards: 70',
    'From: <sip:[field0]@[field3]>;tag=[pid]r[call_number]',
  ];
  const rest = [
    'To: <sip:[field0]@[field3]>',
    callId,
    `CSeq: ${cseq} REGISTER`,
    'Contact: <sip:[field0]@127.0.0.1:[contact_port]>',
    `Expires: ${expiresSec}`,
  ];
  return send([...lines, ...rest, ...more], [], { retransmits: true });
}

/** Challenged, answered, and hung up after the pause. */
const wholeCall = (more: readonly string[] = []) => [
  ...challengedInvite(more),
  ...provisional,
  answered,
  inDialog('ACK', 2),
  pause(),
  inDialog('BYE', 3),
  ok,
];

export const callerScenarios = {
  call: scenario('caller', [...wholeCall(), timewait]),
  /** RFC 3325 §9.3. */
  hides: scenario('caller who hides', [...wholeCall(['Privacy: id']), ...oneMore({ response: 200 }, 2)]),
  /** SIPp knows a 200 by its status only: that of the INVITE, sent again while the BYE is under way, passes for the BYE's. */
  callOverLoss: scenario('caller over a bad network', [...wholeCall(), ...oneMore({ response: 200 }, 2)]),
  /** Takes no plain ringing: Require: 100rel. */
  demandsPrack: scenario('caller who demands 100rel', [
    ...challengedInvite(['Require: 100rel']),
    ...reliably(180, 3, 1),
    answered,
    inDialog('ACK', 2),
    pause(),
    inDialog('BYE', 4),
    ok,
    timewait,
  ]),
  /** Ringing, then sound before the answer; the answer itself says nothing any more. */
  sendsPracks: scenario('caller with 100rel', [
    ...challengedInvite(['Supported: 100rel']),
    ...reliably(180, 3, 1),
    ...reliably(183, 4, 2),
    answered,
    inDialog('ACK', 2),
    pause(),
    inDialog('BYE', 5),
    ok,
    timewait,
  ]),
  /** Without digest, for benches against a server that asks for none. */
  /** The time from the INVITE to its 200 is response time 1. */
  plainCall: scenario('plain caller', [
    invite(1, [], 'start_rtd="1"'),
    ...provisional,
    receive({ response: 200 }, 'rrs="true" rtd="1"', saveTag),
    inDialog('ACK', 1),
    pause(),
    inDialog('BYE', 2),
    ok,
  ]),
  hungUpOn: scenario('caller whose callee hangs up', [
    ...challengedInvite(),
    ...provisional,
    answered,
    inDialog('ACK', 2),
    receive({ request: 'BYE' }),
    send(['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]']),
    timewait,
  ]),
  /** With `-key replaces`: takes the place of a phone that rings (RFC 3891), and is hung up on. */
  pickUp: scenario('phone that picks up', [
    ...challengedInvite(['Require: replaces', 'Replaces: [replaces]']),
    ...provisional,
    answered,
    inDialog('ACK', 2),
    receive({ request: 'BYE' }),
    send(['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]']),
    timewait,
  ]),
  /** Says much of the call, and is told what the callee has said. */
  tellInformation: scenario('caller who says much of a call', [
    ...challengedInvite([
      `Session-ID: ${spoken.callerId};remote=${'0'.repeat(32)}`,
      `User-to-User: ${spoken.callerData}`,
      'Alert-Info: <urn:alert:priority:high>',
      'History-Info: <sip:555@127.0.0.1>;index=1',
      'Subject: interop',
      'X-Secret: stays',
    ]),
    ...provisional,
    receive(
      { response: 200 },
      'rrs="true"',
      `${saveTag}${holding({ 'Session-ID': `${spoken.calleeId};remote=${spoken.callerId}`, 'User-to-User': spoken.calleeData })}`,
    ),
    inDialog('ACK', 2),
    pause(),
    inDialog(
      'BYE',
      3,
      [],
      [`Session-ID: ${spoken.callerId};remote=${spoken.calleeId}`, 'Reason: Q.850;cause=31, STIR;cause=436'],
    ),
    ok,
    timewait,
  ]),
  hold: scenario('caller with a re-INVITE to hold and one back', [
    ...challengedInvite(),
    ...provisional,
    answered,
    inDialog('ACK', 2),
    pause(100),
    inDialog('INVITE', 3, sdp('sendonly', 2)),
    receive({ response: 100 }, 'optional="true"'),
    ok,
    inDialog('ACK', 3),
    pause(100),
    inDialog('INVITE', 4, sdp('sendrecv', 3)),
    receive({ response: 100 }, 'optional="true"'),
    ok,
    inDialog('ACK', 4),
    pause(100),
    inDialog('BYE', 5),
    ok,
    timewait,
  ]),
  /** 5 INVITE, 6 100, 7 180, 8 CANCEL, 9 200, 10 487, 11 ACK. */
  cancel: scenario('caller who gives up', [
    ...challengedInvite(),
    receive({ response: 100 }, 'optional="true"'),
    receive({ response: 180 }),
    send([`CANCEL ${target} SIP/2.0`, via('[branch-3]'), 'Max-Forwards: 70', from, to, callId, 'CSeq: 2 CANCEL'], [], {
      retransmits: true,
    }),
    receive({ response: 200 }),
    receive({ response: 487 }),
    ackFailure(2, '[branch-6]'),
    timewait,
  ]),
  busy: refusedCall('caller who meets busy', 486),
  declined: refusedCall('caller who is declined', 603),
  notFound: refusedCall('caller of nobody', 404),
  message: scenario('sender of a message', [
    message(1),
    receive({ response: 100 }, 'optional="true"'),
    receive({ response: 407 }, 'auth="true" optional="true" next="1"'),
    receive({ response: 401 }, 'auth="true"'),
    label(1),
    message(2, [withAuth]),
    receive({ response: 100 }, 'optional="true"'),
    receive({ response: 202 }),
  ]),
  /** From outside, so without digest. */
  plainTooManyHops: scenario('caller whose call goes round', [
    invite(1),
    ...provisional,
    receive({ response: 483 }),
    ackFailure(1, '[branch-5]'),
    timewait,
  ]),
  /** Without digest, for benches. */
  plainRegister: scenario('user who registers unasked', [
    register(1),
    receive({ response: 100 }, 'optional="true"'),
    ok,
  ]),
  /** With `-key contact_port`: where the user's calls shall end. */
  register: scenario('user who registers', [
    register(1),
    receive({ response: 100 }, 'optional="true"'),
    receive({ response: 401 }, 'auth="true"'),
    register(2, [withAuth]),
    receive({ response: 100 }, 'optional="true"'),
    ok,
  ]),
  /** As `register`, to be nowhere. */
  deregister: scenario('user who goes', [
    register(1, [], 0),
    receive({ response: 100 }, 'optional="true"'),
    receive({ response: 401 }, 'auth="true"'),
    register(2, [withAuth], 0),
    receive({ response: 100 }, 'optional="true"'),
    ok,
  ]),
} as const;
