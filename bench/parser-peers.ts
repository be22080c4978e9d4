/**
 * The parsers of the bench, each asked for the same routing fields of a message in the way its own documentation or its own stack
 * asks: Request-URI, topmost Via, tags, Call-ID, CSeq, first Contact and first Route as URIs, all of them parsed.
 */
import { createRequire } from 'node:module';
import { parseMessage, type SipRequest, type SipResponse, type Uri } from '@ringdown/sip';
import { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';

/** '' and 0 for what the message does not have. Filled anew for every message. */
export class RoutingFields {
  status = 0;
  method = '';
  user = '';
  host = '';
  branch = '';
  sentByHost = '';
  sentByPort = 0;
  fromTag = '';
  toTag = '';
  callId = '';
  cseq = 0;
  contactHost = '';
  routeHost = '';
}

export type ReadFields = (datagram: Buffer, fields: RoutingFields) => void;

// What node/ injects.
export const decodeOptions = {
  decode: (bytes: Uint8Array, start: number, end: number): string => (bytes as Buffer).toString('latin1', start, end),
};

function hostOf(uri: Uri | undefined): string {
  return uri?.kind === 'sip' ? uri.host : '';
}

function readOurs(datagram: Buffer, fields: RoutingFields): void {
  const result = parseMessage(datagram, decodeOptions);
  if (!result.ok) throw new TypeError(result.failure.reason);
  const message: SipRequest | SipResponse = result.message;
  const uri = message.kind === 'request' ? message.requestUri : undefined;
  const { topVia } = message;
  fields.status = message.kind === 'request' ? 0 : message.status;
  fields.method = message.cseq.method;
  fields.user = uri?.kind === 'sip' ? (uri.user ?? '') : '';
  fields.host = hostOf(uri);
  fields.branch = topVia.branch ?? '';
  fields.sentByHost = topVia.host;
  fields.sentByPort = topVia.port ?? 0;
  fields.fromTag = message.from.tag ?? '';
  fields.toTag = message.to.tag ?? '';
  fields.callId = message.callId;
  fields.cseq = message.cseq.seq;
  fields.contactHost = hostOf(message.contacts()[0]?.uri);
  fields.routeHost = hostOf(message.routes()[0]?.uri);
}

interface DrachtioAddress {
  readonly uri: string;
  readonly params: Readonly<Record<string, string | undefined>>;
}
interface DrachtioUri {
  readonly user?: string;
  readonly host: string;
}
interface DrachtioVia extends Pick<DrachtioAddress, 'params'> {
  readonly host: string;
  readonly port?: number;
}
interface DrachtioMessage {
  readonly status?: number;
  readonly uri?: string;
  has(name: string): boolean;
  get(name: string): string;
  getParsedHeader(name: 'via'): DrachtioVia[];
  getParsedHeader(name: 'from' | 'to'): DrachtioAddress;
  getParsedHeader(name: 'cseq'): { seq: number; method: string };
  getParsedHeader(name: 'contact'): DrachtioAddress[];
  getParsedHeader(name: 'route'): { uri: DrachtioUri }[];
}
interface Drachtio {
  readonly SipMessage: new (text: string) => DrachtioMessage;
  readonly parser: { parseUri(text: string): DrachtioUri | undefined };
}

const require = createRequire(import.meta.url);

function drachtio(): ReadFields {
  const { SipMessage, parser } = require('drachtio-sip') as Drachtio;
  return (datagram, fields) => {
    const message = new SipMessage(datagram.toString('latin1'));
    const uri = message.uri === undefined ? undefined : parser.parseUri(message.uri);
    const topVia = message.getParsedHeader('via')[0];
    const cseq = message.getParsedHeader('cseq');
    const contact = message.has('contact') ? message.getParsedHeader('contact')[0]?.uri : undefined;
    fields.status = message.status ?? 0;
    fields.method = cseq.method;
    fields.user = uri?.user ?? '';
    fields.host = uri?.host ?? '';
    fields.branch = topVia?.params.branch ?? '';
    fields.sentByHost = topVia?.host ?? '';
    fields.sentByPort = topVia?.port ?? 0;
    fields.fromTag = message.getParsedHeader('from').params.tag ?? '';
    fields.toTag = message.getParsedHeader('to').params.tag ?? '';
    fields.callId = message.get('call-id');
    fields.cseq = cseq.seq;
    fields.contactHost = contact === undefined ? '' : (parser.parseUri(contact)?.host ?? '');
    fields.routeHost = message.has('route') ? (message.getParsedHeader('route')[0]?.uri.host ?? '') : '';
  };
}

interface NameAddrHeader {
  readonly uri: { readonly user?: string; readonly host: string };
}
interface JssipMessage {
  readonly status_code?: number;
  readonly method: string;
  readonly ruri?: NameAddrHeader['uri'];
  readonly via: { readonly branch: string; readonly host: string; readonly port?: number };
  readonly from_tag: string;
  readonly to_tag?: string;
  readonly call_id: string;
  readonly cseq: number;
  hasHeader(name: string): boolean;
  parseHeader(name: 'contact' | 'route'): NameAddrHeader;
}

function jssip(): ReadFields {
  const parser = require('jssip/lib/Parser') as { parseMessage(text: string, ua: unknown): JssipMessage };
  return (datagram, fields) => {
    const message = parser.parseMessage(datagram.toString('latin1'), {});
    fields.status = message.status_code ?? 0;
    fields.method = message.method;
    fields.user = message.ruri?.user ?? '';
    fields.host = message.ruri?.host ?? '';
    fields.branch = message.via.branch;
    fields.sentByHost = message.via.host;
    fields.sentByPort = message.via.port ?? 0;
    fields.fromTag = message.from_tag;
    fields.toTag = message.to_tag ?? '';
    fields.callId = message.call_id;
    fields.cseq = message.cseq;
    fields.contactHost = message.hasHeader('contact') ? message.parseHeader('contact').uri.host : '';
    fields.routeHost = message.hasHeader('route') ? message.parseHeader('route').uri.host : '';
  };
}

/** What a sip.js user agent gives its parser: somebody to complain to. */
const logger = { warn: () => undefined, error: () => undefined } as unknown as Parameters<
  typeof Parser.parseMessage
>[1];

function readSipJs(datagram: Buffer, fields: RoutingFields): void {
  const message = Parser.parseMessage(datagram.toString('latin1'), logger);
  if (message === undefined) throw new TypeError('sip.js cannot parse it');
  const isRequest = message instanceof IncomingRequestMessage;
  const uri = isRequest ? message.ruri : undefined;
  const route = message.getHeader('route');
  fields.status = isRequest ? 0 : ((message as IncomingResponseMessage).statusCode ?? 0);
  fields.method = message.method;
  fields.user = uri?.user ?? '';
  fields.host = uri?.host ?? '';
  fields.branch = message.viaBranch;
  fields.sentByHost = message.via.host;
  fields.sentByPort = message.via.port ?? 0;
  fields.fromTag = message.fromTag;
  fields.toTag = message.toTag ?? '';
  fields.callId = message.callId;
  fields.cseq = message.cseq;
  fields.contactHost = message.hasHeader('contact') ? message.parseHeader('contact').uri.host : '';
  fields.routeHost = route === undefined ? '' : (Grammar.nameAddrHeaderParse(route)?.uri.host ?? '');
}

/** By package, with the version measured. Each is loaded only where it is measured. */
export const parsers = {
  ringdown: () => readOurs,
  'drachtio-sip': drachtio,
  jssip,
  'sip.js': () => readSipJs,
} as const;
export type ParserName = keyof typeof parsers;
