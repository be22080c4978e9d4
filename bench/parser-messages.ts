/** The six messages of a plain day, as a phone behind a proxy sends and gets them: what every parser of the bench reads. */
const sdp = [
  'v=0',
  'o=alice 2890844526 2890844526 IN IP4 198.51.100.1',
  's=-',
  'c=IN IP4 198.51.100.1',
  't=0 0',
  'm=audio 49172 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

const via = [
  'Via: SIP/2.0/UDP proxy.atlanta.example.com:5060;branch=z9hG4bK4b43c2ff8.1',
  'Via: SIP/2.0/UDP client.atlanta.example.com:5062;branch=z9hG4bK74bf9;received=192.0.2.101;rport=5062',
];
const from = 'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl';
const to = 'To: "Bob" <sip:bob@biloxi.example.com>';
const toTagged = `${to};tag=8321234356`;
const callId = 'Call-ID: 3848276298220188511@atlanta.example.com';
// One address a row: two in one row are more than JsSIP's Route rule can tell apart.
const route = ['Route: <sip:edge.biloxi.example.com;lr>', 'Route: <sip:core.biloxi.example.com;lr>'];
const recorded = ['Record-Route: <sip:core.biloxi.example.com;lr>', 'Record-Route: <sip:edge.biloxi.example.com;lr>'];
const caller = 'Contact: <sip:alice@client.atlanta.example.com:5062;transport=udp>';
const callee = 'Contact: <sip:bob@client.biloxi.example.com:5064;transport=udp>';
const userAgent = 'User-Agent: Example Phone 1.2.3';
const allow = 'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, UPDATE';

function message(startLine: string, rows: readonly string[], body = ''): string {
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [startLine, ...rows, ...type, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

export const invite = message(
  'INVITE sip:bob@biloxi.example.com SIP/2.0',
  [...via, 'Max-Forwards: 69', ...route, from, to, callId, 'CSeq: 1 INVITE', caller, allow].concat(
    'Supported: replaces, timer, outbound',
    userAgent,
  ),
  sdp,
);

const ringing = message('SIP/2.0 180 Ringing', [...via, ...recorded, from, toTagged, callId, 'CSeq: 1 INVITE', callee]);
const ok = message(
  'SIP/2.0 200 OK',
  [...via, ...recorded, from, toTagged, callId, 'CSeq: 1 INVITE', callee, allow, 'Supported: replaces, timer'],
  sdp,
);
const ack = message('ACK sip:bob@client.biloxi.example.com:5064;transport=udp SIP/2.0', [
  ...[...via, 'Max-Forwards: 69', ...route, from, toTagged, callId, 'CSeq: 1 ACK'],
]);
const bye = message('BYE sip:bob@client.biloxi.example.com:5064;transport=udp SIP/2.0', [
  ...[...via, 'Max-Forwards: 69', ...route, from, toTagged, callId, 'CSeq: 2 BYE', userAgent],
]);
const register = message('REGISTER sip:atlanta.example.com SIP/2.0', [
  ...[via[1] ?? '', 'Max-Forwards: 70', 'From: <sip:alice@atlanta.example.com>;tag=a73kszlfl'],
  ...['To: <sip:alice@atlanta.example.com>', 'Call-ID: 1j9FpLxk3uxtm8tn@atlanta.example.com', 'CSeq: 2 REGISTER'],
  ...[caller, 'Expires: 3600', userAgent],
  'Authorization: Digest username="alice", realm="atlanta.example.com", nonce="ea9c8e88df84f1cec4341ae6cbe5a359",' +
    ' uri="sip:atlanta.example.com", response="dfe56131d1958046689d83306477ecc4", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001',
]);

export const mixture: readonly string[] = [invite, ringing, ok, ack, bye, register];
