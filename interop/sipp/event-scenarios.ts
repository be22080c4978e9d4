/**
 * SIPp as a watcher and as a publisher (RFC 6665, RFC 3903). Fields as in caller-scenarios.ts: 0 user name, 1 `[authentication …]`, 2 whose state, 3 domain. Each request outside of a dialog is
 * challenged once.
 */
import { receive, type Step, scenario, send } from './scenario-xml.ts';

const via = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport';
const from = 'From: <sip:[field0]@[field3]>;tag=[pid]w[call_number]';
const to = 'To: <sip:[field2]@[field3]>';
const contact = 'Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>';
const common = [via, 'Max-Forwards: 70', from];
const withAuth = '[field1]';
const saveTag = '<ereg regexp=";tag=[^;[:space:]]+" search_in="hdr" header="To:" check_it="true" assign_to="tag"/>';

interface Subscribing {
  readonly event: string;
  readonly type: string;
  readonly expiresSec: number;
}

function subscribe(cseq: number, of: Subscribing, more: readonly string[] = []): Step {
  const isFirst = cseq <= 2;
  const target = isFirst ? 'sip:[field2]@[field3]' : 'sip:[remote_ip]:[remote_port]';
  return send(
    [
      `SUBSCRIBE ${target} SIP/2.0`,
      ...common,
      isFirst ? to : `${to}[$tag]`,
      'Call-ID: [call_id]',
      `CSeq: ${cseq} SUBSCRIBE`,
      contact,
      `Event: ${of.event}`,
      `Accept: ${of.type}`,
      `Expires: ${of.expiresSec}`,
      ...more,
    ],
    [],
    { retransmits: true },
  );
}

/** What must stand in a NOTIFY: patterns of its head and of its body. */
interface Expected {
  readonly state: string;
  readonly body?: readonly string[];
}

function notified({ state, body = [] }: Expected): Step[] {
  const inHead = `<ereg regexp="Subscription-State: *${state}" search_in="msg" check_it="true" assign_to="seen"/>`;
  const inBody = body.map((pattern) => `<ereg regexp="${pattern}" search_in="msg" check_it="true" assign_to="seen"/>`);
  return [
    receive({ request: 'NOTIFY' }, '', [inHead, ...inBody].join('')),
    send(['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]', contact]),
  ];
}

const seen = '<Reference variables="seen"/>';
const dialogs: Subscribing = { event: 'dialog', type: 'application/dialog-info+xml', expiresSec: 600 };
const dialogState = (phase: string) => `[^a-z]${phase}[^a-z]`;

/** SUBSCRIBE, challenged, and the first NOTIFY. */
function begin(of: Subscribing, first: Expected): Step[] {
  return [
    subscribe(1, of),
    receive({ response: 401 }, 'auth="true"'),
    subscribe(2, of, [withAuth]),
    receive({ response: 200 }, '', saveTag),
    ...notified(first),
  ];
}

function end(cseq: number, of: Subscribing): Step[] {
  return [
    subscribe(cseq, { ...of, expiresSec: 0 }),
    receive({ response: 200 }),
    ...notified({ state: 'terminated;reason=timeout' }),
  ];
}

const whole = 'state=.full.';

function pidf(basic: 'open' | 'closed'): string[] {
  return [
    '<?xml version="1.0"?>',
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:[field0]@[field3]">',
    `<tuple id="sipp"><status><basic>${basic}</basic></status></tuple></presence>`,
  ];
}

interface Publishing {
  readonly cseq: number;
  readonly expiresSec: number;
  readonly more: readonly string[];
  readonly body?: readonly string[];
}

function publish({ cseq, expiresSec, more, body = [] }: Publishing): Step {
  const lines = [
    'PUBLISH sip:[field0]@[field3] SIP/2.0',
    ...common,
    'To: <sip:[field0]@[field3]>',
    'Call-ID: [call_id]',
  ];
  const rest = [`CSeq: ${cseq} PUBLISH`, 'Event: presence', `Expires: ${expiresSec}`, ...more];
  return send([...lines, ...rest], body, { retransmits: true, type: 'application/pidf+xml' });
}

const saveTagOfEntity = '<ereg regexp="[^: ]+$" search_in="hdr" header="SIP-ETag:" check_it="true" assign_to="etag"/>';

/** A PUBLISH, challenged once; its tag is kept. */
function published(cseq: number, of: Omit<Publishing, 'cseq'>): Step[] {
  return [
    publish({ ...of, cseq }),
    receive({ response: 401 }, 'auth="true"'),
    publish({ ...of, cseq: cseq + 1, more: [...of.more, withAuth] }),
    receive({ response: 200 }, '', saveTagOfEntity),
  ];
}

const presence: Subscribing = { event: 'presence', type: 'application/pidf+xml', expiresSec: 600 };
const ifMatch = 'SIP-If-Match: [$etag]';

export const eventScenarios = {
  /** Published, refreshed, changed, removed; then a tag that nobody knows. */
  publish: scenario('publish', [
    ...published(1, { expiresSec: 600, more: [], body: pidf('open') }),
    ...published(3, { expiresSec: 600, more: [ifMatch] }),
    ...published(5, { expiresSec: 600, more: [ifMatch], body: pidf('closed') }),
    ...published(7, { expiresSec: 0, more: [ifMatch] }),
    publish({ cseq: 9, expiresSec: 600, more: [ifMatch] }),
    receive({ response: 401 }, 'auth="true"'),
    publish({ cseq: 10, expiresSec: 600, more: [ifMatch, withAuth] }),
    receive({ response: 412 }),
  ]),
  /** Somebody registers; nobody has published. */
  presence: scenario('presence', [
    ...begin(presence, { state: 'active', body: ['[^a-z]closed[^a-z]'] }),
    ...notified({ state: 'active', body: ['[^a-z]open[^a-z]'] }),
    ...end(3, presence),
    seen,
  ]),
  /** SUBSCRIBE, NOTIFY, refresh, NOTIFY, unsubscribe, NOTIFY. */
  subscribe: scenario('subscribe', [
    ...begin(dialogs, { state: 'active;expires=600', body: ['version=.0.', whole] }),
    subscribe(3, { ...dialogs, expiresSec: 900 }),
    receive({ response: 200 }),
    ...notified({ state: 'active;expires=900', body: ['version=.1.', whole] }),
    ...end(4, dialogs),
    seen,
  ]),
  /** The server dies and another goes on: the whole state comes by itself, with a higher number, and the dialog lives. */
  survivor: scenario('survivor', [
    ...begin(dialogs, { state: 'active', body: [whole, 'version=.0.'] }),
    ...notified({ state: 'active', body: [whole, 'version=.1[0-9][0-9][0-9].'] }),
    ...end(3, dialogs),
    seen,
  ]),
  /** A busy lamp through one call: off, rings, busy, off. */
  lamp: scenario('lamp', [
    ...begin(dialogs, { state: 'active', body: [whole] }),
    ...notified({ state: 'active', body: [dialogState('early'), 'state=.partial.'] }),
    ...notified({ state: 'active', body: [dialogState('confirmed')] }),
    ...notified({ state: 'active', body: [dialogState('terminated')] }),
    ...end(3, dialogs),
    seen,
  ]),
} as const;
