/**
 * How many messages a second one core parses: an INVITE with SDP as a datagram, seven fields read that routing needs (method,
 * Request-URI, Call-ID, CSeq, topmost branch, both tags). Then the same with what a server does next: an answer built and written.
 *
 * `node --conditions=ringdown-source bench/parser.bench.ts [seconds]`
 */
import { buildResponse, edit, formatInto, parseMessage, type SipRequest } from '@ringdown/sip';

const sdp =
  'v=0\r\no=alice 2890844526 2890844526 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n' +
  'm=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n' +
  'a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n';
const text =
  'INVITE sip:bob@biloxi.example.com SIP/2.0\r\n' +
  'Via: SIP/2.0/UDP client.atlanta.example.com:5060;branch=z9hG4bK74bf9;rport\r\n' +
  'Max-Forwards: 70\r\n' +
  'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n' +
  'To: "Bob" <sip:bob@biloxi.example.com>\r\n' +
  'Call-ID: 3848276298220188511@atlanta.example.com\r\n' +
  'CSeq: 1 INVITE\r\n' +
  'Contact: <sip:alice@client.atlanta.example.com;transport=udp>\r\n' +
  'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, UPDATE\r\n' +
  'Supported: replaces, timer, outbound\r\n' +
  'User-Agent: Example Phone 1.2.3\r\n' +
  'Content-Type: application/sdp\r\n' +
  `Content-Length: ${sdp.length}\r\n\r\n${sdp}`;

const datagram = Buffer.from(text);
// What node/ injects.
const options = {
  decode: (bytes: Uint8Array, start: number, end: number): string => (bytes as Buffer).toString('latin1', start, end),
};
const write = (wire: string, bytes: Uint8Array, offset: number): number =>
  (bytes as Buffer).write(wire, offset, 'latin1');
const out = Buffer.alloc(2_048);

function parse(): SipRequest {
  const result = parseMessage(datagram, options);
  if (!result.ok || result.message.kind !== 'request') throw new TypeError('the benchmark message must parse');
  return result.message;
}

function readSeven(): number {
  const message = parse();
  return (
    message.method.length +
    message.uri.length +
    message.callId.length +
    message.cseq.seq +
    (message.topVia.branch?.length ?? 0) +
    (message.from.tag?.length ?? 0) +
    (message.to.tag?.length ?? 0)
  );
}

function answer(): number {
  return formatInto(buildResponse(parse(), 180, { toTag: 'a6c85cf' }), out, 0, write);
}

function forward(): number {
  const request = parse();
  const onward = edit(request)
    .prependHeader('Via', 'SIP/2.0/UDP proxy.example.com;branch=z9hG4bKnashds8')
    .setHeader('Max-Forwards', (request.maxForwards ?? 70) - 1)
    .done();
  return formatInto(onward, out, 0, write);
}

function measure(name: string, run: () => number, seconds: number): void {
  let sum = 0;
  for (let i = 0; i < 200_000; i++) sum += run();
  const rates: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startMs = performance.now();
    let count = 0;
    while (performance.now() - startMs < (seconds * 1_000) / 5) {
      for (let i = 0; i < 2_000; i++) sum += run();
      count += 2_000;
    }
    rates.push((count / (performance.now() - startMs)) * 1_000);
  }
  rates.sort((a, b) => a - b);
  const median = rates[2] ?? 0;
  console.log(
    `${name.padEnd(34)} ${Math.round(median).toLocaleString('en')} /s, ${(1e6 / median).toFixed(2)} us each (${sum % 10})`,
  );
}

const seconds = Number(process.argv[2] ?? 2);
console.log(`INVITE with SDP, ${datagram.length} bytes, one core, Node ${process.version}`);
measure('parse, seven routing fields', readSeven, seconds);
measure('parse, 180 built and written', answer, seconds);
measure('parse, forwarded with own Via', forward, seconds);
