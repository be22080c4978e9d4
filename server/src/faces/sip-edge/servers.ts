/** Where the servers of a URI are (RFC 3263): known at once for an address or a cached name, else when DNS has answered. */
import { type FailedTargets, type LocateFailure, parseUri, type ServerLocator, type Target } from '@ringdown/sip';

export type Found =
  | { readonly targets: readonly [Target, ...Target[]] }
  /** None, and why, for the person who must act. */
  | { readonly detail: string };

export interface ServersOptions {
  readonly locator: ServerLocator;
  readonly failed: FailedTargets;
}

export class Servers {
  readonly #options: ServersOptions;

  constructor(options: ServersOptions) {
    this.#options = options;
  }

  /** Calls back from inside when it is known already, else as an input of a later turn. Targets that failed lately stand last. */
  find(uriText: string, done: (found: Found) => void): void {
    const { locator, failed } = this.#options;
    const uri = parseUri(uriText);
    if (uri.kind !== 'sip') {
      done({ detail: `"${uriText}" is no SIP URI` });
      return;
    }
    const tell = (located: Parameters<Parameters<ServerLocator['locate']>[1]['onLocated']>[0]): void => {
      if (!located.ok) done({ detail: detailOf(located.failure) });
      else {
        const [first, ...rest] = failed.order(located.targets);
        if (first === undefined) done({ detail: `${uri.host} has no address` });
        else done({ targets: [first, ...rest] });
      }
    };
    const known = locator.locate(uri, { onLocated: tell });
    if (known !== null) tell(known);
  }
}

function detailOf({ code, detail }: LocateFailure): string {
  return code === 'dns-failed' ? `DNS does not answer: ${detail}` : detail;
}
