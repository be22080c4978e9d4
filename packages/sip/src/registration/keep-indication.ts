/**
 * Keep-alives by agreement (RFC 6223): a user agent says by `keep` in its Via that it would send some, and the next hop says in its answer how often it wishes
 * them. Leaves out: agreeing for one dialog (§4.2.3), and asking for it ourselves: with outbound, RFC 5626 says it all.
 */
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { splitList } from '../message/split-list.ts';

/** Whether the previous hop offers keep-alives. */
export function offersKeepAlives(request: SipRequest): boolean {
  const row = request.header('Via');
  return row?.includes(';keep') === true && request.topVia.params.get('keep') === '';
}

/** RFC 6223 §4.4: the response says so to that hop alone, in the Via that it wrote. @param everySec 0: as it likes */
export function agreeToKeepAlives(response: SipResponse, everySec: number): SipResponse {
  const [top = ''] = splitList(response.header('Via') ?? '');
  const agreed = top.replace(/;[ \t]*keep[ \t]*(?=;|$)/i, `;keep=${everySec}`);
  return edit(response).replaceTop('Via', agreed).done();
}
