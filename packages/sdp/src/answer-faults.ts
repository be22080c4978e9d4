/**
 * All that is wrong with an answer to its offer (RFC 3264 §6), line by line: for our own answers before they go out, and to say of a peer what it did. `answerProblem` is the part of it
 * that nobody can live with; what is `isFatal: false` here is read leniently, as the field needs it.
 */
import { bundleAnswerProblem, isLineOff } from './bundle.ts';
import { type AnswerProblem, answerProblem } from './check-answer.ts';
import { readCodecs } from './codecs.ts';
import { isRtcpMux, isRtcpMuxOnly } from './connection.ts';
import { cryptoAnswerProblem, cryptoAttributes } from './crypto.ts';
import { answerDirection, mediaDirection } from './direction.ts';
import { matchCodec } from './match-codec.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';
import { mediaSetup, setupsToAnswer } from './setup.ts';
import { mediaSimulcast } from './simulcast.ts';

export type AnswerFaultCode =
  | AnswerProblem['code']
  /** Another transport protocol than offered (§6). */
  | 'wrong-protocol'
  /** To send what is not received, or to ask for what is not sent (§6.1). */
  | 'wrong-direction'
  /** No format of the offer (§6.1). */
  | 'no-common-format'
  /** An offered payload type with another codec (§6.1). */
  | 'wrong-format'
  /** rtcp-mux that was not offered (RFC 5761 §5.1.1), or none where it is a must (RFC 8858 §4). */
  | 'wrong-rtcp-mux'
  | 'wrong-bundle'
  /** RFC 4568 §5.1.3 */
  | 'wrong-crypto'
  /** RFC 4145 §4.1 */
  | 'wrong-setup'
  /** RFC 8853 §5.3.2 */
  | 'wrong-simulcast';

export interface AnswerFault {
  readonly code: AnswerFaultCode;
  /** The m-line at fault, from 1; null: all of them. */
  readonly line: number | null;
  readonly reason: string;
  /** Nothing can be made of the answer. */
  readonly isFatal: boolean;
}

export function answerFaults(offer: SessionDescription, answer: SessionDescription): AnswerFault[] {
  const problem = answerProblem(offer, answer, 'theirs');
  if (problem !== null) return [{ ...problem, isFatal: true }];
  const faults = offer.media.flatMap((asked, place) => {
    const answered = answer.media[place];
    if (answered === undefined || isLineOff(answer, place)) return [];
    const line = place + 1;
    if (isLineOff(offer, place))
      return [{ code: 'revived-line' as const, line, reason: `m-line ${line} is off in the offer`, isFatal: false }];
    return lineFaults({ offer, answer, asked, answered }).map((fault) => ({ ...fault, line, isFatal: false }));
  });
  const bundle = bundleAnswerProblem(offer, answer);
  if (bundle === null) return faults;
  const line = bundle.place === null ? null : bundle.place + 1;
  return [...faults, { code: 'wrong-bundle', line, reason: bundle.reason, isFatal: false }];
}

interface Pair {
  readonly offer: SessionDescription;
  readonly answer: SessionDescription;
  readonly asked: MediaDescription;
  readonly answered: MediaDescription;
}

type LineFault = Pick<AnswerFault, 'code' | 'reason'>;

function lineFaults(pair: Pair): LineFault[] {
  return [
    protocolFault(pair),
    directionFault(pair),
    muxFault(pair),
    setupFault(pair),
    cryptoFault(pair),
    simulcastFault(pair),
  ]
    .concat(formatFaults(pair))
    .filter((fault) => fault !== null);
}

function protocolFault({ asked, answered }: Pair): LineFault | null {
  if (asked.protocol.toLowerCase() === answered.protocol.toLowerCase()) return null;
  return { code: 'wrong-protocol', reason: `${asked.protocol} answered ${answered.protocol}` };
}

function directionFault({ offer, answer, asked, answered }: Pair): LineFault | null {
  const offered = mediaDirection(offer, asked);
  const said = mediaDirection(answer, answered);
  return answerDirection(offered, said) === said
    ? null
    : { code: 'wrong-direction', reason: `${offered} answered ${said}` };
}

function formatFaults({ asked, answered }: Pair): LineFault[] {
  const offered = readCodecs(asked);
  if (offered.length === 0) {
    const isShared = answered.formats.some((format) => asked.formats.includes(format));
    return isShared || asked.formats.length === 0 ? [] : [noCommonFormat(asked, answered)];
  }
  const said = readCodecs(answered);
  const remapped = said.flatMap((codec): LineFault[] => {
    const was = offered.find(({ payloadType }) => payloadType === codec.payloadType);
    if (was === undefined || was.name === codec.name) return [];
    return [
      { code: 'wrong-format', reason: `payload type ${codec.payloadType} is ${was.name}, answered ${codec.name}` },
    ];
  });
  const isShared = said.some((codec) => matchCodec(codec, offered) !== undefined);
  return isShared ? remapped : [...remapped, noCommonFormat(asked, answered)];
}

function noCommonFormat(asked: MediaDescription, answered: MediaDescription): LineFault {
  return { code: 'no-common-format', reason: `${asked.formats.join(' ')} answered ${answered.formats.join(' ')}` };
}

function muxFault({ asked, answered }: Pair): LineFault | null {
  const isOffered = isRtcpMux(asked) || isRtcpMuxOnly(asked);
  if (isRtcpMux(answered) && !isOffered) return { code: 'wrong-rtcp-mux', reason: 'rtcp-mux was not offered' };
  if (isRtcpMuxOnly(asked) && !isRtcpMux(answered))
    return { code: 'wrong-rtcp-mux', reason: 'rtcp-mux-only is not answered' };
  return null;
}

function setupFault({ offer, answer, asked, answered }: Pair): LineFault | null {
  const said = mediaSetup(answer, answered);
  const offered = mediaSetup(offer, asked);
  if (said === null || setupsToAnswer(offered).includes(said)) return null;
  return { code: 'wrong-setup', reason: `setup ${offered ?? 'unsaid'} answered ${said}` };
}

function cryptoFault({ asked, answered }: Pair): LineFault | null {
  const offered = cryptoAttributes(asked);
  const said = cryptoAttributes(answered);
  if (offered.length === 0 && said.length === 0) return null;
  const reason = cryptoAnswerProblem(offered, said);
  // With DTLS offered beside it, keys in the description need not be taken.
  return reason === null || (said.length === 0 && !/^RTP\/SAVPF?$/.test(asked.protocol))
    ? null
    : { code: 'wrong-crypto', reason };
}

function simulcastFault({ asked, answered }: Pair): LineFault | null {
  if (mediaSimulcast(answered) === null || mediaSimulcast(asked) !== null) return null;
  return { code: 'wrong-simulcast', reason: 'simulcast was not offered' };
}
