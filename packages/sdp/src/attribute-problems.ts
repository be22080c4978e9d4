/**
 * What is malformed in a description that `parseSdp` took: each known attribute and b= line held against its own grammar, with the line that it stands in. The readers
 * leave such lines out without a word, and the relay passes them on; this says why, for a trace, a log or a test. RFC 8866 §5.13: attributes that are not known are no problem.
 */
import { attributeName } from './attributes.ts';
import { readBandwidth } from './bandwidth.ts';
import { readPotential } from './capability.ts';
import { readRtcpAddress } from './connection.ts';
import { readCrypto } from './crypto.ts';
import { readFingerprint, readTlsId } from './dtls.ts';
import { fields, isToken, wholeNumber } from './fields.ts';
import { isIcePassword, isIceUfrag, readCandidate, readRemoteCandidates } from './ice.ts';
import { readRid } from './rid.ts';
import type { SdpLine, SessionDescription } from './session-description.ts';
import { readSetup } from './setup.ts';
import { readSimulcast } from './simulcast.ts';
import { readSource, readSourceGroup } from './sources.ts';
import { readPacketTimeMs } from './timing.ts';

export interface AttributeProblem {
  /** In the text as `formatSdp` writes it, from 1. */
  readonly line: number;
  /** crypto, candidate, b … */
  readonly name: string;
  /** Where its grammar stands: RFC 4568 §9.1. */
  readonly section: string;
}

type IsGood = (value: string) => boolean;

const isPayloadType = (text: string | undefined): boolean => wholeNumber(text, 127) !== null;
const isAlone: IsGood = (value) => value === '';

/** By name: its grammar's place, and whether a value is of it. */
const grammars: ReadonlyMap<string, readonly [section: string, isGood: IsGood]> = new Map<string, [string, IsGood]>([
  [
    'rtpmap',
    [
      'RFC 8866 §6.6',
      (value) => /^\d{1,3} +[^ /]+\/[1-9]\d{0,9}(\/[^ ]+)? *$/.test(value) && isPayloadType(fields(value)[0]),
    ],
  ],
  ['fmtp', ['RFC 8866 §6.15', (value) => fields(value).length > 1]],
  ['ptime', ['RFC 8866 §6.4', (value) => readPacketTimeMs(value) !== undefined]],
  ['maxptime', ['RFC 8866 §6.5', (value) => readPacketTimeMs(value) !== undefined]],
  ['sendrecv', ['RFC 8866 §6.7.2', isAlone]],
  ['sendonly', ['RFC 8866 §6.7.3', isAlone]],
  ['recvonly', ['RFC 8866 §6.7.1', isAlone]],
  ['inactive', ['RFC 8866 §6.7.4', isAlone]],
  ['rtcp', ['RFC 3605 §2.1', (value) => readRtcpAddress(value) !== null]],
  ['rtcp-mux', ['RFC 5761 §5.1.1', isAlone]],
  ['mid', ['RFC 5888 §4', isToken]],
  ['group', ['RFC 5888 §5', (value) => isToken(fields(value)[0])]],
  ['bundle-only', ['RFC 8843 §6', isAlone]],
  ['crypto', ['RFC 4568 §9.1', (value) => readCrypto(value) !== null]],
  ['fingerprint', ['RFC 8122 §5', (value) => readFingerprint(value) !== null]],
  ['setup', ['RFC 4145 §4', (value) => readSetup(value) !== null]],
  ['connection', ['RFC 4145 §5', (value) => value === 'new' || value === 'existing']],
  ['tls-id', ['RFC 8842 §4', (value) => readTlsId(value) !== null]],
  ['candidate', ['RFC 8839 §5.1', (value) => readCandidate(value) !== null]],
  ['remote-candidates', ['RFC 8839 §5.2', (value) => readRemoteCandidates(value) !== null]],
  ['ice-lite', ['RFC 8839 §5.3', isAlone]],
  ['ice-mismatch', ['RFC 8839 §5.3', isAlone]],
  ['ice-ufrag', ['RFC 8839 §5.4', isIceUfrag]],
  ['ice-pwd', ['RFC 8839 §5.4', isIcePassword]],
  ['ice-pacing', ['RFC 8839 §5.5', (value) => /^\d{1,10}$/.test(value)]],
  ['rid', ['RFC 8851 §10', (value) => readRid(value) !== null]],
  ['simulcast', ['RFC 8853 §5.1', (value) => readSimulcast(value) !== null]],
  ['ssrc', ['RFC 5576 §4.1', (value) => readSource(value) !== null]],
  ['ssrc-group', ['RFC 5576 §4.2', (value) => readSourceGroup(value) !== null]],
  ['content', ['RFC 4796 §4', (value) => value.split(',').every((part) => isToken(part.trim()))]],
  ['label', ['RFC 4574 §4', isToken]],
  ['maxprate', ['RFC 3890 §6.3', (value) => /^\d{1,9}(\.\d{1,9})?$/.test(value)]],
  ['pcfg', ['RFC 5939 §3.5.1', (value) => readPotential(value) !== null]],
  ['T38FaxVersion', ['T.38 table D.1', (value) => wholeNumber(value, 99) !== null]],
  ['T38MaxBitRate', ['T.38 table D.1', (value) => wholeNumber(value, 999_999) !== null]],
]);

/** In the order of the text, at most so many. */
export function attributeProblems(sdp: SessionDescription, atMost = 100): AttributeProblem[] {
  const found: AttributeProblem[] = [];
  // v= and o= are lines 1 and 2.
  let line = 2;
  const look = (rows: readonly SdpLine[]): void => {
    for (const row of rows) {
      line++;
      const problem = found.length < atMost ? problemOf(row) : null;
      if (problem !== null) found.push({ line, ...problem });
    }
  };
  look(sdp.lines);
  for (const media of sdp.media) {
    line++;
    look(media.lines);
  }
  return found;
}

function problemOf(row: SdpLine): Omit<AttributeProblem, 'line'> | null {
  if (row.type === 'b') return readBandwidth(row.value) === null ? { name: 'b', section: 'RFC 8866 §5.8' } : null;
  if (row.type !== 'a') return null;
  const name = attributeName(row);
  const grammar = grammars.get(name);
  if (grammar === undefined) return null;
  const [section, isGood] = grammar;
  return isGood(row.value.slice(name.length + 1)) ? null : { name, section };
}
