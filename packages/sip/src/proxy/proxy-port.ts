/** What a proxy is made of, and the seam to whoever decides where requests go: the location service, authentication, policy (RFC 3261 §16.3 to §16.5). */
import type { Hasher } from '../auth/hasher.ts';
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import type { ResponseParts } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { ServerTransaction, TransactionPort } from '../transaction/transaction-port.ts';
import type { FailedTargets } from '../transport/failed-targets.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type { ServerLocator } from '../transport/locate-server.ts';
import type { FlowTokens } from './flow-tokens.ts';

/** One place of a request's target set (RFC 3261 §16.5). */
export interface ProxyTarget {
  /** The Request-URI that the request has there. */
  readonly uri: string;
  /** 0 to 1; equal ones are tried together, higher ones before lower ones. Default 1. */
  readonly q?: number;
  /** Put before the request's own Route headers: the Path of a binding (RFC 3327 §5.4). */
  readonly route?: readonly string[];
  /** Where that is, the best first: the flow of a binding. Default: what RFC 3263 says of the next hop. */
  readonly targets?: readonly Target[];
  /** The flow of a user agent: the request goes by it or not at all, and with `flowTokens` so do those that follow in its dialog. In place of `targets`. */
  readonly flow?: Flow;
  /** Other flows of the same user agent instance, which are tried one after the other when this one fails (RFC 5626 §7): never two at once. */
  readonly instead?: readonly ProxyTarget[];
}

export interface ForwardOptions {
  /** Whether the contacts of a 3xx are tried here (RFC 3261 §16.7 step 4), each once; else the 3xx goes back. Default false. */
  readonly followsRedirects?: boolean;
  /** What else is done to the request on its way (RFC 3261 §16.6 step 5, §22.3): credentials for this very proxy taken out, an identity put in. */
  readonly change?: (request: SipRequest) => SipRequest;
  /** One target after the other, by q and then in the order given, whatever their q: Request-Disposition says so (RFC 3841 §9.1). Default false. */
  readonly isSequential?: boolean;
}

/** A request that waits for a decision: now or later, by one of its verbs. Further ones are ignored. */
export interface Proxied {
  /** As it came, less the Route headers that named this proxy (RFC 3261 §16.4). */
  readonly request: SipRequest;
  readonly transaction: ServerTransaction;
  /** A Route header had brought it here: in a dialog that was record-routed, or preloaded. */
  readonly isRouted: boolean;
  /** Sends it on. Default: to its own Request-URI, by the Route headers that are left. An empty list is answered 480. */
  forward(targets?: readonly ProxyTarget[], options?: ForwardOptions): void;
  /** Answers it here, with a final response. */
  respond(status: number, parts?: ResponseParts): void;
}

export interface ProxyHandlers {
  /**
   * Every request that may go on but ACK and CANCEL. Who may send what where is decided here: forwarding whatever comes to wherever it says makes an open
   * relay.
   */
  onRequest(proxied: Proxied): void;
  /** RFC 3261 §16.3 step 6. False: it is answered, with a challenge for instance. Default: all may. */
  authorize?(transaction: ServerTransaction): boolean;
  /** Whether the ACK of a 2xx goes on. Default: it does. */
  admitsAck?(ack: SipRequest, flow: Flow): boolean;
}

export interface ProxyOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Of a layer with `rejectMerged: false`, since a request may rightly come here twice (a spiral, RFC 3261 §6). */
  readonly transactions: TransactionPort;
  readonly hasher: Hasher;
  readonly locator: ServerLocator;
  readonly handlers: ProxyHandlers;
  /** The flow that a target leads to: for Record-Route, before the request is sent. */
  readonly flowTo: (target: Target) => Flow | undefined;
  /** Whether host (in lower case, without brackets) and port, undefined for the default, are this proxy's own: in Route, Record-Route, maddr. */
  readonly isOwn: (host: string, port: number | undefined) => boolean;
  /** Whether the proxy stays on the path of dialogs (RFC 3261 §16.6 step 4). Default true. */
  readonly recordRoute?: boolean;
  /** Option tags in Proxy-Require that are understood, in lower case. */
  readonly extensions?: readonly string[];
  /** Of Request-URIs. Default sip, sips, tel. */
  readonly schemes?: readonly string[];
  /** Put on every response that is made here: Server. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Branches that one request may have at once, all proxies after this one included (RFC 5393 §5.3.3). Default 60. */
  readonly maxBreadth?: number;
  /** Targets of one request in all, redirects included. Default 32. */
  readonly maxTargets?: number;
  /** How long an INVITE may ring (RFC 3261 §16.6 step 11, §16.8). Default 190 s; never at or below 180 s. */
  readonly timerCMs?: number;
  /** Shared with whoever else sends; default: an own memory. */
  readonly failedTargets?: FailedTargets;
  /** How long one of several places of a target may say nothing at all. Default: as long as its transaction. */
  readonly attemptMs?: number;
  /**
   * The proxy is the first hop of user agents (RFC 5626 §5): what is reached by a flow alone is found again by a token in Record-Route and, of a REGISTER, in Path. A token
   * of a flow that is gone brings 430, a forged one 403.
   */
  readonly flowTokens?: FlowTokens;
  /** By which a proxy knows its own branches; nodes that are one proxy share it. Default: chance. */
  readonly loopKey?: string;
}
