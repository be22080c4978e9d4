/** Why bytes are no SIP message. A value, never thrown. */
import type { Head } from './head.ts';

export type ParseFailureCode =
  /** Nothing but CRLF or NUL: a keep-alive (RFC 5626 §3.5.1, §4.4.1). */
  | 'empty'
  | 'start-line'
  | 'version'
  | 'line-ending'
  | 'head-incomplete'
  | 'start-line-too-long'
  | 'head-too-long'
  | 'header-too-long'
  | 'too-many-headers'
  | 'header-line'
  | 'missing-header'
  | 'repeated-header'
  | 'malformed-header'
  | 'cseq-method'
  | 'content-length'
  | 'body-incomplete'
  | 'body-too-long';

export interface ParseFailure {
  readonly code: ParseFailureCode;
  /** The header at fault, long name. */
  readonly header?: string;
  /** The status a server answers with (RFC 3261 §8.2, §21.4.1): 400, 505 for a foreign version, 513 where a limit is passed. */
  readonly status: number;
  /** Fit for the reason phrase of that answer; names the header (RFC 3261 §21.4.1). */
  readonly reason: string;
  /**
   * What could be read of a request, for the answer: see `formatRejection`. Undefined for a response, an ACK (never answered) and
   * bytes that are no message at all.
   */
  readonly partial?: PartialRequest;
}

export interface PartialRequest {
  readonly method: string;
  readonly head: Head;
}
