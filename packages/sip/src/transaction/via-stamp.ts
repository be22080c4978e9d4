/**
 * The two things that happen to a request's topmost Via at this layer: it is added on the way out (RFC 3261 §18.1.1), and given
 * `received` and `rport` on the way in (RFC 3261 §18.2.1, RFC 3581 §4). Both splice the head instead of composing it anew: every
 * message passes here.
 */
import { FOLDED, Head, STRIDE } from '../message/head.ts';
import { VIA } from '../message/header-names.ts';
import { withoutBrackets } from '../message/host.ts';
import { SipRequest } from '../message/request.ts';
import { splitList } from '../message/split-list.ts';
import { toWire } from '../message/text.ts';
import { parseVia, type Via } from '../message/via.ts';
import type { SocketAddress } from '../transport/flow.ts';

const NAME = 'Via: ';

/** The request with a new Via above all other headers. `via` is a whole value, ASCII, made by formatVia. */
export function addTopVia(request: SipRequest, via: string): SipRequest {
  const { head } = request;
  const firstRow = head.rowCount > 0 ? head.rowStart(0) : head.end - 2;
  const line = `${NAME}${via}\r\n`;
  const shift = line.length - head.start;
  const at = firstRow - head.start;
  const rows: number[] = [VIA, at, at + 3, at + NAME.length, at + line.length - 2];
  for (let i = 0; i < head.rows.length; i += STRIDE) {
    rows.push(head.rows[i] as number);
    for (let j = 1; j < STRIDE; j++) rows.push((head.rows[i + j] as number) + shift);
  }
  const wire = head.wire.slice(head.start, firstRow) + line + head.wire.slice(firstRow, head.end);
  return rebuilt(request, new Head(wire, 0, wire.length, rows));
}

/** The request with what RFC 3581 and RFC 3261 §18.2.1 add to its topmost Via; the same request when that is nothing. */
export function stampReceived(request: SipRequest, source: SocketAddress): SipRequest {
  const via = request.topVia;
  const wantsRport = via.asksForRport;
  const isForged = via.received !== undefined || (wantsRport && via.rport !== undefined);
  if (!wantsRport && !isForged && withoutBrackets(via.host) === source.address) return request;
  const row = request.head.find(VIA);
  const value = request.head.valueOf(row);
  // The usual case: one Via in its row, with ";rport" to fill in.
  if (!isForged && !value.includes(',') && !value.includes('"')) {
    const filled = wantsRport ? value.replace(/;[ \t]*rport(?=[ \t]*(;|$))/i, `;rport=${source.port}`) : value;
    return spliceValue(request, row, `${filled};received=${source.address}`);
  }
  const others = splitList(value).slice(1);
  return spliceValue(request, row, [rebuiltVia(via, source), ...others].join(', '));
}

function rebuiltVia(via: Via, source: SocketAddress): string {
  let text = `SIP/2.0/${via.transport} ${via.sentBy}`;
  for (const { name, raw } of via.params.list) {
    const lower = name.toLowerCase();
    if (lower === 'received') continue;
    if (lower === 'rport') text += `;rport=${source.port}`;
    else text += raw === undefined ? `;${name}` : `;${name}=${raw}`;
  }
  return `${text};received=${source.address}`;
}

/** Exchanges the value of one row; all else stays byte for byte, whatever it is. */
function spliceValue(request: SipRequest, row: number, text: string): SipRequest {
  const { head } = request;
  // What was added to an ASCII value is a port and an address.
  const value = head.isAscii ? text : toWire(text);
  const start = head.rows[row * STRIDE + 3] as number;
  const end = head.rows[row * STRIDE + 4] as number;
  const shift = value.length - (end - start);
  const rows = head.rows.slice();
  // The new value stands on one line.
  rows[row * STRIDE] = (rows[row * STRIDE] as number) & ~FOLDED;
  for (let i = 0; i < rows.length; i++) {
    if (i % STRIDE !== 0 && (rows[i] as number) >= end) rows[i] = (rows[i] as number) + shift;
  }
  const wire = head.wire.slice(0, start) + value + head.wire.slice(end, head.end);
  return rebuilt(request, new Head(wire, head.start, wire.length, rows, head.isAscii));
}

function rebuilt(request: SipRequest, head: Head): SipRequest {
  const { body, method, uri } = request;
  const made = new SipRequest({ method, uriWire: head.isAscii ? uri : toWire(uri) }, head, {
    bytes: body,
    start: 0,
    end: body.length,
  });
  const row = head.find(VIA);
  const via = parseVia(head.valueOf(row));
  // Several values in one row: the accessor splits them when asked.
  return via === undefined ? made : made.preset(via, request.from, request.to, request.cseq);
}
