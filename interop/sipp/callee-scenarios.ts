/** SIPp as callee: answers, refuses, rings until cancelled, hangs up itself. Answers are copies of the request's headers. */
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

const copied = ['[last_Via:]', '[last_From:]', '[last_Call-ID:]', '[last_CSeq:]'];
const tagged = '[last_To:];tag=[pid]b[call_number]';
const contact = 'Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>';

function answer(status: string, body: readonly string[] = [], retransmits = false, attributes = ''): Step {
  const lines = [`SIP/2.0 ${status}`, ...copied, tagged, '[last_Record-Route:]', contact];
  return send(lines, body, { retransmits, attributes });
}

const invited = receive({ request: 'INVITE' }, 'crlf="true" rrs="true"');
/** An INVITE that has these headers, and has not those with null. */
function invitedBy(...headers: readonly (readonly [name: string, pattern: string | null])[]): Step[] {
  const checks = headers.map(([name, pattern], at) => {
    const check = pattern === null ? 'check_it_inverse="true"' : 'check_it="true"';
    return `<ereg regexp="${pattern ?? '.+'}" search_in="hdr" header="${name}:" ${check} assign_to="${at + 1}"/>`;
  });
  const used = headers.map((_, at) => `[$${at + 1}]`).join(' ');
  return [receive({ request: 'INVITE' }, 'crlf="true" rrs="true"', `${checks.join('')}<log message="${used}"/>`)];
}

const ringing = answer('180 Ringing');
const answering = answer('200 OK', sdp(), true);
const acknowledged = receive({ request: 'ACK' }, 'crlf="true"');
const ended: readonly Step[] = [
  receive({ request: 'BYE' }),
  send(['SIP/2.0 200 OK', ...copied, '[last_To:]', contact]),
  timewait,
];

/** What the INVITE was, for the answers that come after a PRACK: SIPp's [last_…] is the PRACK's then. */
const kept =
  '<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="1"/><ereg regexp=".*" search_in="hdr" header="Via:" assign_to="2"/>';
const late = ['Via:[$2]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', 'CSeq:[$1]', contact];
const pracked: readonly Step[] = [receive({ request: 'PRACK' }), send(['SIP/2.0 200 OK', ...copied, '[last_To:]'])];

function refusing(name: string, status: string): string {
  return scenario(name, [invited, ringing, answer(status, [], true), receive({ request: 'ACK' }), timewait]);
}

function ringing487(name: string, onCancel = ''): string {
  return scenario(name, [
    receive(
      { request: 'INVITE' },
      '',
      '<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="1"/><ereg regexp=".*" search_in="hdr" header="Via:" assign_to="2"/>',
    ),
    ringing,
    receive({ request: 'CANCEL' }, '', onCancel),
    send(['SIP/2.0 200 OK', ...copied, tagged]),
    send(['SIP/2.0 487 Request Terminated', 'Via:[$2]', '[last_From:]', tagged, '[last_Call-ID:]', 'CSeq:[$1]'], [], {
      retransmits: true,
    }),
    receive({ request: 'ACK' }),
    timewait,
  ]);
}

export const calleeScenarios = {
  answer: scenario('callee', [invited, ringing, answering, acknowledged, ...ended]),
  /**
   * The ACK may be lost with all that come after it, and a BYE stands for it. The 180 is never lost: SIPp does not know an INVITE
   * for a retransmission when all its answers were. A 200 sent again and the BYE may cross: the ACK comes behind the BYE.
   */
  answerOverLoss: scenario('callee over a bad network', [
    invited,
    answer('180 Ringing', [], false, 'lost="0"'),
    answering,
    receive({ request: 'ACK' }, 'optional="true"'),
    ...ended.slice(0, 2),
    ...oneMore({ request: 'ACK' }, 1),
  ]),
  /** RFC 3323: who calls is nobody, and nothing says who it is. */
  answerNobody: scenario('callee of somebody who hides', [
    ...invitedBy(['From', 'anonymous@anonymous.invalid'], ['P-Asserted-Identity', null]),
    ringing,
    answering,
    acknowledged,
    ...ended,
  ]),
  /** RFC 3325 §7: a trusted trunk is told who it is that hides. */
  answerAsserted: scenario('trusted callee of somebody who hides', [
    ...invitedBy(['From', 'anonymous@anonymous.invalid'], ['P-Asserted-Identity', 'sip:.4930777@'], ['Privacy', 'id']),
    ringing,
    answering,
    acknowledged,
    ...ended,
  ]),
  /** Time for a PRACK between the two, on the other side of us. */
  ringThenAnswer: scenario('callee who thinks about it', [
    invited,
    ringing,
    pause(500),
    answering,
    acknowledged,
    ...ended,
  ]),
  /** RFC 3262: 180 and 183 with 100rel, the second with the answer; the 200 has none. */
  ringReliably: scenario('callee with 100rel', [
    receive({ request: 'INVITE' }, 'crlf="true" rrs="true"', kept),
    send(
      ['SIP/2.0 180 Ringing', ...copied, tagged, '[last_Record-Route:]', contact, 'Require: 100rel', 'RSeq: 1'],
      [],
      {
        retransmits: true,
      },
    ),
    ...pracked,
    pause(300),
    send(['SIP/2.0 183 Session Progress', ...late, 'Require: 100rel', 'RSeq: 2'], sdp(), { retransmits: true }),
    ...pracked,
    pause(300),
    send(['SIP/2.0 200 OK', ...late], [], { retransmits: true }),
    acknowledged,
    ...ended,
  ]),
  /** The text as it was sent, or it fails; 202 is nobody's answer but this phone's. */
  takeMessage: scenario('phone that takes a message', [
    receive(
      { request: 'MESSAGE' },
      '',
      '<ereg regexp="Hello from SIPp" search_in="body" check_it="true" assign_to="1"/><log message="[$1]"/>',
    ),
    send(['SIP/2.0 202 Accepted', ...copied, tagged]),
    timewait,
  ]),
  /** Is told what the caller has said of the call, and says something itself. */
  takeInformation: scenario('callee who reads what is said of a call', [
    receive(
      { request: 'INVITE' },
      'crlf="true" rrs="true"',
      holding({
        'Session-ID': `${spoken.callerId};remote=0{32}`,
        'User-to-User': spoken.callerData,
        'Alert-Info': 'urn:alert:priority:high',
        'History-Info': 'index=1',
        Subject: 'interop',
      }),
    ),
    ringing,
    send(
      [
        'SIP/2.0 200 OK',
        ...copied,
        tagged,
        '[last_Record-Route:]',
        contact,
        `Session-ID: ${spoken.calleeId};remote=${spoken.callerId}`,
        `User-to-User: ${spoken.calleeData}`,
      ],
      sdp(),
      { retransmits: true },
    ),
    receive(
      { request: 'ACK' },
      'crlf="true"',
      holding({ 'Session-ID': `${spoken.callerId};remote=${spoken.calleeId}` }),
    ),
    receive(
      { request: 'BYE' },
      '',
      holding({ 'Session-ID': spoken.callerId, Reason: 'Q.850;cause=31.*STIR;cause=436' }),
    ),
    ...ended.slice(1),
  ]),
  /** A call that was sent on to here. */
  takeDiverted: scenario('callee of a forwarded call', [
    receive(
      { request: 'INVITE' },
      'crlf="true" rrs="true"',
      holding({
        Diversion: 'sip:.4978100@.*reason=unconditional;counter=1',
        'History-Info': 'sip:.4978100@.*index=1',
      }),
    ),
    ringing,
    answering,
    acknowledged,
    ...ended,
  ]),
  /** A carrier that takes only what its header rules make of an INVITE: one header more, one less, another caller. The BYE bears them too. */
  takeNormalised: scenario('carrier of header rules', [
    receive(
      { request: 'INVITE' },
      'crlf="true" rrs="true"',
      '<ereg regexp="^ *gold$" search_in="hdr" header="X-Carrier:" check_it="true" assign_to="1"/>' +
        '<ereg regexp="Ringdown" search_in="hdr" header="User-Agent:" check_it_inverse="true" assign_to="2"/>' +
        '<ereg regexp="sip:.49[0-9]+@" search_in="hdr" header="From:" check_it="true" assign_to="3"/>' +
        '<log message="[$1] [$2] [$3]"/>',
    ),
    ringing,
    answering,
    acknowledged,
    receive(
      { request: 'BYE' },
      '',
      '<ereg regexp="^ *gold$" search_in="hdr" header="X-Carrier:" check_it="true" assign_to="4"/><log message="[$4]"/>',
    ),
    send(['SIP/2.0 200 OK', ...copied, '[last_To:]', contact]),
    timewait,
  ]),
  /** No `timewait`, so that a bench of many calls keeps few. */
  plainAnswer: scenario('plain callee', [invited, ringing, answering, acknowledged, ...ended.slice(0, 2)]),
  beBusy: refusing('busy callee', '486 Busy Here'),
  decline: refusing('declining callee', '603 Decline'),
  hangUp: scenario('callee who hangs up', [
    receive(
      { request: 'INVITE' },
      'crlf="true" rrs="true"',
      '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="1"/><ereg regexp=".*" search_in="hdr" header="To:" assign_to="2"/>',
    ),
    ringing,
    answering,
    acknowledged,
    pause(200),
    send(
      [
        'BYE [next_url] SIP/2.0',
        'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
        'Max-Forwards: 70',
        '[routes]',
        'From:[$2];tag=[pid]b[call_number]',
        'To:[$1]',
        'Call-ID: [call_id]',
        'CSeq: 1 BYE',
      ],
      [],
      { retransmits: true },
    ),
    receive({ response: 200 }),
    timewait,
  ]),
  /** Takes re-INVITEs (hold and back) as well, then the BYE. */
  takeReinvites: scenario('callee of re-INVITEs', [
    invited,
    ringing,
    answering,
    acknowledged,
    label(1),
    receive({ request: 'BYE' }, 'optional="true" next="2"'),
    receive({ request: 'INVITE' }),
    send(['SIP/2.0 200 OK', ...copied, '[last_To:]', contact], sdp('sendrecv', 2), { retransmits: true }),
    receive({ request: 'ACK' }, 'next="1"'),
    label(2),
    send(['SIP/2.0 200 OK', ...copied, '[last_To:]', contact]),
    timewait,
  ]),
  /** Somebody else has answered, and is not missed here (RFC 3326). */
  ringUntilAnsweredElsewhere: ringing487('callee whose call is picked up', holding({ Reason: 'SIP;cause=200' })),
  ringUntilCancelled: ringing487('callee who only rings'),
} as const;
