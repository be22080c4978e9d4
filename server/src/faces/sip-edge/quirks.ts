/**
 * Habits of phones and servers, as their makers or others who met them have written them down, and what is done about each. A row applies to peers whose User-Agent it knows, and to
 * nobody else. `tried` says whether the real thing was ever seen here; docs/guides/dialects.md is the same table for people.
 */
import type { SessionDescription } from '@ringdown/sdp';
import { type Adapt, edit, escapeUser, parseNameAddr, type SipRequest, type SipResponse } from '@ringdown/sip';
import type { FarSide } from './status-map.ts';

export interface Quirk {
  readonly name: string;
  /** Of the User-Agent. */
  readonly who: RegExp;
  readonly far: FarSide;
  readonly habit: string;
  readonly done: string;
  /** Where the habit is written down. */
  readonly source: string;
  readonly tried: boolean;
  readonly incoming?: Adapt;
  readonly outgoing?: Adapt;
  readonly readSdp?: (description: SessionDescription) => SessionDescription;
}

export const quirks: readonly Quirk[] = [
  {
    name: 'remote-party-id',
    who: /^(?:FreeSWITCH|Asterisk|FPBX|Cisco-SIPGateway|Cisco-CUCM)/i,
    far: 'trunk',
    habit: 'says who calls by Remote-Party-ID, not by P-Asserted-Identity',
    done: 'the first Remote-Party-ID is read as P-Asserted-Identity, its privacy as Privacy: id, where neither is there',
    source: 'FreeSWITCH documentation, variable sip_cid_type (rpid is its default); Asterisk sip.conf, sendrpid',
    tried: false,
    incoming: readRemoteParty,
  },
  {
    name: 'auto-answer-by-alert-info',
    who: /^(?:Yealink|Aastra|Mitel)/i,
    far: 'device',
    habit: 'answers by itself on Alert-Info with info=alert-autoanswer, and does not know answer-after of Call-Info',
    done: 'answer-after in Call-Info goes to it as Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=N',
    source:
      "Yealink T5 administrator's guide, Auto Answer; Aastra release notes 2.1, Support for Delay before Auto-Answer",
    tried: false,
    outgoing: autoAnswerByAlertInfo,
  },
  {
    name: 'ring-by-alert-text',
    who: /^(?:Yealink|Grandstream)/i,
    far: 'device',
    habit: 'knows ring tones by a text in Alert-Info (info=), not by the URNs of RFC 7462',
    done: 'urn:alert:source:internal, source:external and priority:high go to it as info=internal, external, priority',
    source:
      "Yealink T5 administrator's guide, Distinctive Ring Tones; Grandstream GXP2130 administration guide, Distinctive Ringtones",
    tried: false,
    outgoing: ringByText,
  },
  {
    name: 'request-uri-without-user',
    who: /^OKI/i,
    far: 'device',
    habit: 'registers a Contact without a user, and refuses an INVITE whose Request-URI has none',
    done: 'the user of To is put into the Request-URI of the first INVITE',
    source: 'Oracle E-SBC configuration guide, Global SIP Options, add-ruri-user',
    tried: false,
    outgoing: userIntoRequestUri,
  },
  {
    name: 'g729a',
    who: /^(?:Linksys|Sipura|Cisco\/SPA)/i,
    far: 'device',
    habit: 'writes G729a in rtpmap where the registered name is G729',
    done: 'G729a and G729A/8000 in its descriptions are read as G729',
    source: 'FreeSWITCH documentation, NDLB (No Device Left Behind), allow-bad-iananame',
    tried: false,
    readSdp: readG729a,
  },
];

export function quirksOf(userAgent: string, far: FarSide): readonly Quirk[] {
  return quirks.filter((quirk) => quirk.far === far && quirk.who.test(userAgent));
}

type Message = SipRequest | SipResponse;

function readRemoteParty<M extends Message>(message: M): M {
  const [first] = message.headers('Remote-Party-ID');
  if (first === undefined || message.header('P-Asserted-Identity') !== undefined) return message;
  const party = parseNameAddr(first);
  if (party === undefined || party.params.get('party')?.toLowerCase() === 'called') return message;
  const params = first.indexOf(';', first.lastIndexOf('>'));
  const editor = edit(message).addHeader('P-Asserted-Identity', params < 0 ? first : first.slice(0, params));
  const isPrivate = /^(?:full|uri|name)\b/i.test(party.params.get('privacy') ?? '');
  if (isPrivate && message.header('Privacy') === undefined) editor.addHeader('Privacy', 'id');
  return editor.done();
}

function isFirstInvite(message: Message): message is SipRequest {
  return message.kind === 'request' && (message as SipRequest).method === 'INVITE' && message.to.tag === undefined;
}

function autoAnswerByAlertInfo<M extends Message>(message: M): M {
  if (!isFirstInvite(message)) return message;
  const after = message
    .headers('Call-Info')
    .flatMap((value) => /;\s*answer-after\s*=\s*(\d{1,4})/i.exec(value)?.[1] ?? [])[0];
  if (after === undefined) return message;
  return edit(message).setHeader('Alert-Info', `<http://127.0.0.1>;info=alert-autoanswer;delay=${after}`).done();
}

const ringTexts: readonly (readonly [urn: RegExp, text: string])[] = [
  [/<urn:alert:source:internal>/i, 'internal'],
  [/<urn:alert:source:external>/i, 'external'],
  [/<urn:alert:priority:high>/i, 'priority'],
];

function ringByText<M extends Message>(message: M): M {
  if (!isFirstInvite(message)) return message;
  const values = message.headers('Alert-Info');
  const text = ringTexts.find(([urn]) => values.some((value) => urn.test(value)))?.[1];
  return text === undefined ? message : edit(message).setHeader('Alert-Info', `<http://127.0.0.1>;info=${text}`).done();
}

function userIntoRequestUri<M extends Message>(message: M): M {
  if (!isFirstInvite(message)) return message;
  const { requestUri, to } = message;
  const user = to.uri.kind === 'sip' ? to.uri.user : undefined;
  if (user === undefined || requestUri.kind !== 'sip' || requestUri.user !== undefined) return message;
  const { scheme, text } = requestUri;
  return edit(message as M & SipRequest)
    .setUri(`${scheme}:${escapeUser(user)}@${text.slice(scheme.length + 1)}`)
    .done();
}

function readG729a(description: SessionDescription): SessionDescription {
  const isBad = ({ type, value }: { readonly type: string; readonly value: string }): boolean =>
    type === 'a' && /^rtpmap:\d+ G729A\//i.test(value);
  if (!description.media.some(({ lines }) => lines.some(isBad))) return description;
  return {
    ...description,
    media: description.media.map((media) => ({
      ...media,
      lines: media.lines.map((line) =>
        isBad(line) ? { ...line, value: line.value.replace(/ G729A\//i, ' G729/') } : line,
      ),
    })),
  };
}
