/** SIPp's scenario XML from steps. Numbers of messages matter to it: `[branch-N]` is the branch N messages earlier. */
export type Step = string;

export function scenario(name: string, steps: readonly Step[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`;
}

export interface SendOptions {
  /** Retransmitted from 500 ms on until the next message comes. */
  readonly retransmits?: boolean;
  readonly attributes?: string;
  /** Of the body. Default: application/sdp. */
  readonly type?: string;
}

export function send(lines: readonly string[], body: readonly string[] = [], options: SendOptions = {}): Step {
  const retrans = options.retransmits === true ? ' retrans="500"' : '';
  const more = options.attributes === undefined ? '' : ` ${options.attributes}`;
  const end =
    body.length === 0
      ? ['Content-Length: 0', '']
      : [`Content-Type: ${options.type ?? 'application/sdp'}`, 'Content-Length: [len]', '', ...body];
  return `<send${retrans}${more}><![CDATA[\n\n${[...lines, ...end].map((line) => `      ${line}`).join('\n')}\n\n]]></send>`;
}

export function receive(what: { response?: number; request?: string }, attributes = '', actions = ''): Step {
  const kind = what.response === undefined ? `request="${what.request}"` : `response="${what.response}"`;
  const open = `<recv ${kind}${attributes === '' ? '' : ` ${attributes}`}`;
  return actions === '' ? `${open}/>` : `${open}><action>${actions}</action></recv>`;
}

export const label = (id: number): Step => `<label id="${id}"/>`;
export const pause = (ms?: number): Step => (ms === undefined ? '<pause/>' : `<pause milliseconds="${ms}"/>`);

/** One more message may come in the time of a `timewait`, and is nothing. SIPp takes it for an error there unless it is the last one again. */
export function oneMore(what: { response?: number; request?: string }, labelId: number): Step[] {
  return [receive(what, `timeout="4000" ontimeout="${labelId}" next="${labelId}"`), label(labelId), timewait];
}

/** Answers retransmissions for a while after the end. */
export const timewait: Step = '<timewait milliseconds="4000"/>';

export function sdp(direction: 'sendrecv' | 'sendonly' | 'recvonly' = 'sendrecv', version = 1): string[] {
  return [
    'v=0',
    `o=sipp 1 ${version} IN IP[local_ip_type] [local_ip]`,
    's=-',
    'c=IN IP[media_ip_type] [media_ip]',
    't=0 0',
    'm=audio [media_port] RTP/AVP 0 101',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    `a=${direction}`,
  ];
}

/** Each header holds what the pattern says, or the call fails. */
export function holding(patterns: Readonly<Record<string, string>>, variable = 9): string {
  const checks = Object.entries(patterns).map(
    ([header, regexp]) =>
      `<ereg regexp="${regexp}" search_in="hdr" header="${header}:" check_it="true" assign_to="${variable}"/>`,
  );
  return `${checks.join('')}<log message="[$${variable}]"/>`;
}

/** What is said in the interop case of call information, by both ends. */
export const spoken = {
  callerId: 'a'.repeat(32),
  calleeId: 'b'.repeat(32),
  callerData: '56a390f3;encoding=hex',
  calleeData: '77;encoding=hex',
} as const;
