/** What a server does after parsing, ours alone: an answer built and written, the request forwarded with a Via of its own. */
import { buildResponse, edit, formatInto, parseMessage, type SipRequest } from '@ringdown/sip';
import { invite } from './parser-messages.ts';
import { decodeOptions } from './parser-peers.ts';

const datagram = Buffer.from(invite);
const out = Buffer.alloc(2_048);
const write = (wire: string, bytes: Uint8Array, offset: number): number =>
  (bytes as Buffer).write(wire, offset, 'latin1');

function parse(): SipRequest {
  const result = parseMessage(datagram, decodeOptions);
  if (!result.ok || result.message.kind !== 'request') throw new TypeError('the message of the bench must parse');
  return result.message;
}

export const forwards = {
  '180 built and written': () => void formatInto(buildResponse(parse(), 180, { toTag: 'a6c85cf' }), out, 0, write),
  'forwarded with own Via': () => {
    const request = parse();
    const onward = edit(request)
      .prependHeader('Via', 'SIP/2.0/UDP proxy.example.com;branch=z9hG4bKnashds8')
      .setHeader('Max-Forwards', (request.maxForwards ?? 70) - 1)
      .done();
    formatInto(onward, out, 0, write);
  },
} as const;
export type ForwardName = keyof typeof forwards;
