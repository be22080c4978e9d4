/**
 * 199 Early Dialog Terminated (RFC 6228 §6): the caller is told that what rang at one branch is over while others ring on, so that it lets go of that early
 * dialog. Only where it has said that it understands 199, and never where it requires reliable provisionals, which a proxy cannot send.
 */
import { buildResponse } from '../message/build-response.ts';
import { formatReason } from '../message/reason.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';

export class EarlyDialogs {
  readonly #request: SipRequest;
  readonly #isWanted: boolean;
  readonly #tags = new Set<string>();

  /** @param request as it came */
  constructor(request: SipRequest) {
    this.#request = request;
    this.#isWanted =
      request.method === 'INVITE' &&
      request.to.tag === undefined &&
      request.hasToken('Supported', '199') &&
      !request.hasToken('Require', '100rel');
  }

  /** A provisional above 100 that went back to the caller. */
  seen(response: SipResponse): void {
    const { tag } = response.to;
    if (!this.#isWanted || tag === undefined) return;
    if (response.status === 199) this.#tags.delete(tag);
    else this.#tags.add(tag);
  }

  /** The branch is over with that status: what the caller is to be told while others go on. Once. */
  ended(status: number): SipResponse[] {
    const reason = formatReason({ protocol: 'SIP', cause: status });
    const told = [...this.#tags].map((toTag) =>
      buildResponse(this.#request, 199, { toTag, headers: [['Reason', reason]] }),
    );
    this.#tags.clear();
    return told;
  }
}
