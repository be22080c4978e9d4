/**
 * Session descriptions: a typed verdict with its line or a description; every reader over every line of it; what was formatted parses to the same text, and what a reader
 * took comes back from its formatter.
 */
import {
  answerFaults,
  answerOffer,
  attributeProblems,
  attributes,
  bandwidths,
  bundleAnswerProblem,
  chooseCrypto,
  connectionAddress,
  cryptoAnswerProblem,
  cryptoAttributes,
  defaultSdpLimits,
  dtlsParameters,
  eventsOf,
  faxAttributes,
  faxParameters,
  formatCandidate,
  formatContent,
  formatCrypto,
  formatEvents,
  formatParameters,
  formatRid,
  formatSdp,
  formatSimulcast,
  hasIceMismatch,
  holdOffer,
  iceCandidates,
  iceOptions,
  iceParameters,
  isLineOff,
  isRtcpMux,
  keepAliveFor,
  localDescription,
  type MediaDescription,
  maskSdpSecrets,
  maxPacketTimeMs,
  mediaContent,
  mediaDirection,
  mediaLabel,
  mediaRids,
  mediaSetup,
  mediaSimulcast,
  mediaSources,
  mediaStreamIds,
  offerFaults,
  packetTimeMs,
  parseSdp,
  potentialConfigurations,
  readBundles,
  readCandidate,
  readCodecs,
  readCrypto,
  readEvents,
  readRemoteCandidates,
  readRid,
  readSimulcast,
  requiredCapabilities,
  resumeOffer,
  rtcpBandwidth,
  rtcpPort,
  type SessionDescription,
  sourceGroups,
  transportCapabilities,
} from '@ringdown/sdp';
import { sdps } from './corpus.ts';
import { ensure, type FuzzTarget } from './target.ts';

export const sdpTarget: FuzzTarget = {
  name: 'sdp',
  corpus: sdps,
  check: (input) => checkSdp(Buffer.from(input, 'latin1').toString('utf8')),
};

function checkSdp(text: string): void {
  ensure(maskSdpSecrets(text).length > 0 || text === '', 'masking keeps a text');
  const result = parseSdp(text);
  if (!result.ok) {
    const { line, reason } = result.failure;
    ensure(
      Number.isInteger(line) && line >= 0 && line <= text.split('\n').length,
      'a verdict names a line of the text',
    );
    ensure(/^[ -~]+$/.test(reason), 'a reason is plain text');
    return;
  }
  const sdp: SessionDescription = result.sdp;
  ensure(sdp.media.length <= defaultSdpLimits.maxMedia, 'lines are bounded');
  for (const [at, media] of sdp.media.entries()) {
    checkPlain(sdp, media);
    checkKeys(sdp, media);
    checkStreams(media);
    void isLineOff(sdp, at);
  }
  ensure(
    readBundles(sdp).every(({ places }) => places.every((at) => sdp.media[at] !== undefined)),
    'bundled lines are there',
  );
  ensure(bundleAnswerProblem(sdp, { ...sdp, lines: [] }) === null, 'an answer without groups is no fault');
  const rows = formatSdp(sdp).split('\r\n').length - 1;
  ensure(
    attributeProblems(sdp).every(({ line }) => line > 2 && line <= rows),
    'a problem names a line of the text',
  );
  checkExchange(sdp);
  formatContent(sdp);
  const formatted = formatSdp(sdp);
  const again = parseSdp(formatted);
  ensure(again.ok && formatSdp(again.sdp) === formatted, 'a formatted description comes back');
}

function checkPlain(sdp: SessionDescription, media: MediaDescription): void {
  for (const codec of readCodecs(media)) {
    formatParameters(codec);
    const events = eventsOf(codec);
    ensure(formatEvents(readEvents(formatEvents(events)) ?? []) === formatEvents(events), 'events come back');
  }
  void [connectionAddress(sdp, media), mediaDirection(sdp, media), isRtcpMux(media), rtcpPort(media)];
  void [packetTimeMs(media), maxPacketTimeMs(media), bandwidths(media.lines), rtcpBandwidth(sdp, media)];
  void [mediaContent(media), mediaLabel(media), keepAliveFor({ sdp, media }, { sdp, media })];
  void [potentialConfigurations(media), requiredCapabilities(sdp, media), transportCapabilities(sdp, media)];
  const fax = faxParameters(media);
  if (fax !== null) ensure(faxAttributes(fax).length >= 6, 'fax is written');
}

function checkKeys(sdp: SessionDescription, media: MediaDescription): void {
  const crypto = cryptoAttributes(media);
  for (const one of crypto) {
    const again = readCrypto(formatCrypto(one));
    ensure(JSON.stringify(again) === JSON.stringify(one), 'a=crypto comes back');
  }
  const chosen = chooseCrypto(crypto, { suites: ['AES_CM_128_HMAC_SHA1_80'] });
  if (chosen !== null) void cryptoAnswerProblem(crypto, [chosen]);
  void [dtlsParameters(sdp, media), mediaSetup(sdp, media)];
  for (const candidate of iceCandidates(media)) {
    const again = readCandidate(formatCandidate(candidate));
    ensure(JSON.stringify(again) === JSON.stringify(candidate), 'a=candidate comes back');
  }
  for (const value of attributes(media.lines, 'remote-candidates')) readRemoteCandidates(value);
  void [iceParameters(sdp, media), iceOptions(sdp, media), hasIceMismatch(sdp, media)];
}

function checkStreams(media: MediaDescription): void {
  for (const rid of mediaRids(media))
    ensure(formatRid(readRid(formatRid(rid)) ?? rid) === formatRid(rid), 'a=rid comes back');
  const simulcast = mediaSimulcast(media);
  if (simulcast !== null) {
    const text = formatSimulcast(simulcast);
    ensure(JSON.stringify(readSimulcast(text)) === JSON.stringify(simulcast), 'a=simulcast comes back');
  }
  for (const { ssrc } of mediaSources(media)) ensure(ssrc >= 0 && ssrc < 2 ** 32, 'an SSRC has 32 bits');
  void [sourceGroups(media), mediaStreamIds(media)];
}

/** We answer whatever is offered without a fault; held and resumed, a description is a valid next offer. */
function checkExchange(offer: SessionDescription): void {
  const answer = answerOffer(offer, {
    origin: { sessionId: '1', sessionVersion: '1' },
    address: '203.0.113.9',
    accept: (media, place) =>
      cryptoAttributes(media).length > 0 ? null : { port: 4000 + place, codecs: readCodecs(media), rtcpMux: true },
  });
  ensure(answerFaults(offer, answer).length === 0, 'our answer has no fault');
  void answerFaults(answer, offer);
  const held = localDescription(offer, holdOffer(offer, 'address'));
  const back = localDescription(held, resumeOffer(held, offer));
  ensure(offerFaults(offer, held).length + offerFaults(held, back).length === 0, 'a hold and a resume have no fault');
}
