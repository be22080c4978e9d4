/** What mutation starts from: the vectors of RFC 4475 and RFC 5118, and a few values of every kind. */
import { readdirSync, readFileSync } from 'node:fs';

const vectors = new URL('../../packages/sip/src/message/vectors/', import.meta.url);

function loadVectors(): string[] {
  return ['rfc4475/', 'rfc5118/'].flatMap((folder) =>
    readdirSync(new URL(folder, vectors))
      .sort()
      .map((file) => readFileSync(new URL(folder + file, vectors)).toString('latin1')),
  );
}

const head =
  'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\nFrom: "B\xc3\xb6b" <sip:bob@example.com>;tag=1\r\n';

export const messages: readonly string[] = [
  ...loadVectors(),
  `INVITE sip:a@example.com SIP/2.0\r\n${head}To: <sip:a@example.com>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@10.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n`,
  `REGISTER sip:example.com SIP/2.0\r\n${head}To: <sip:bob@example.com>\r\nCall-ID: c\r\nCSeq: 2 REGISTER\r\nContact: *\r\nExpires: 0\r\nAuthorization: Digest username="bob", realm="r", nonce="n", uri="sip:example.com", response="0123"\r\nContent-Length: 0\r\n\r\n`,
  'SIP/2.0 200 OK\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/TCP g;branch=z9hG4bK2\r\nf: <sip:a@h>;tag=1\r\nt: <sip:b@h>;tag=2\r\ni: c\r\nCSeq: 1 INVITE\r\nRecord-Route: <sip:p;lr>,<sip:q;lr>\r\nl: 0\r\n\r\n',
];

export const uris: readonly string[] = [
  'sip:alice@atlanta.com',
  'sip:alice:secret@atlanta.com:5060;transport=tcp;lr?subject=project%20x&priority=urgent',
  'sips:1212@gateway.com',
  'sip:+1-212-555-1212:1234@gateway.com;user=phone',
  'sip:[2001:db8::1]:5060;maddr=239.255.255.1;ttl=15',
  'sip:%61lice@h?Replaces=a%40b%3Bto-tag%3D1',
  'tel:+1-201-555-0123;ext=12',
  'tel:7042;phone-context=example.com',
  'tel:863-1234;phone-context=+1-914-555',
  'http://example.com/x',
  'urn:service:sos',
];

export const values: readonly string[] = [
  '"A \\"B\\" C" <sip:a@b;lr?x=y>;tag=1;q=0.5;expires=3600;+sip.instance="<urn:uuid:0>"',
  'sip:a@b;tag=2',
  '*',
  '<sip:a@b>, "x, y" <sip:c@d>;q=1.0',
  'SIP/2.0/UDP host:5060;branch=z9hG4bK1;received=1.2.3.4;rport=5',
  'SIP / 2.0 / TCP [::1] : 5061 ;ttl=3, SIP/2.0/TLS x',
  '1 INVITE',
  '776656 1 INVITE',
  '120 (I am in a meeting);duration=60',
  '1800;refresher=uas',
  'Q.850;cause=16;text="Normal call clearing"',
  'SIP;cause=200',
  '12345@h;to-tag=1;from-tag=2;early-only',
  '12345@h;local-tag=1;remote-tag=2',
  'active;expires=600;retry-after=3',
  'terminated;reason=noresource',
  'presence.winfo;id=7',
  'Sat, 13 Nov 2010 23:29:00 GMT',
  '<sip:a@b?Replaces=1%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>',
  'sip:a@b?Replaces=x',
  'multipart/mixed;boundary="a b"',
  'application/sdp;level=1;q=0',
  '0',
  '4294967295',
  '0.333',
];

export const credentials: readonly string[] = [
  'Digest realm="atlanta.com", domain="sip:a", qop="auth,auth-int", nonce="f84", opaque="", stale=FALSE, algorithm=MD5',
  'Digest realm="r",nonce="n"',
  'Digest username="bob", realm="r", nonce="n", uri="sip:x", response="0123abcd", algorithm=SHA-256-sess, cnonce="c", opaque="o", qop=auth, nc=0000000a',
  'Basic abcdef==',
  'nextnonce="x", qop=auth, rspauth="y", cnonce="z", nc=00000001',
  'NoOneKnowsThisScheme opaque-data=here',
];

const keepAlives = ['', '\r\n', '\r\n\r\n', '\r\n\r\n\r\n'];

/** Messages one after another, keep-alives between them. */
export const streams: readonly string[] = messages.map(
  (message, i) => `${keepAlives[i % 4]}${message}${keepAlives[(i >> 2) % 4]}${messages[(i * 7 + 3) % messages.length]}`,
);

export const sdps: readonly string[] = [
  'v=0\r\no=- 20518 0 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 54400 RTP/SAVPF 0 96 101\r\na=mid:0\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1;stereo=0\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=rtcp-mux\r\na=sendrecv\r\na=ice-ufrag:F7gI\r\na=ice-pwd:x9cml/YzichV2+XlhiMu8g\r\na=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host\r\na=fingerprint:sha-256 19:E2:1C\r\na=setup:actpass\r\n',
  'v=0\r\no=alice 2890844526 2890844526 IN IP6 ::1\r\ns=\r\nb=AS:64\r\nt=1 2\r\nr=7d 1h 0 25h\r\nz=0 -1h\r\nk=clear:x\r\nm=audio 49170/2 RTP/AVP 8 18\r\ni=x\r\nc=IN IP6 ::1\r\nb=TIAS:64000\r\na=fmtp:18 annexb=no\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\na=inactive\r\nm=video 0 RTP/AVP 31\r\nm=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n',
  'v=0\r\no=- 1 2 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nb=AS:512\r\nt=0 0\r\na=group:BUNDLE a v\r\na=ice-options:trickle\r\na=ice-lite\r\na=tls-id:abc3de65cddef001be82\r\na=fingerprint:sha-256 AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\r\nm=audio 10000 UDP/TLS/RTP/SAVPF 111 101 110\r\nb=TIAS:64000\r\nb=RS:800\r\nb=RR:2400\r\na=mid:a\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15,66,70\r\na=rtpmap:110 telephone-event/48000\r\na=setup:actpass\r\na=ssrc:314159 cname:x@example.com\r\na=msid:s t\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=rtcp-rsize\r\na=maxptime:60\r\na=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998 generation 0\r\na=candidate:3 1 TCP 2105458943 2001:db8::1 9 typ host tcptype active\r\na=remote-candidates:1 192.0.2.3 45664 2 192.0.2.3 45665\r\nm=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:v\r\na=bundle-only\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rid:1 send pt=96;max-width=1280;max-fps=30\r\na=rid:2 send\r\na=rid:3 recv\r\na=simulcast:send 1,~2 recv 3\r\na=ssrc-group:FID 1 2\r\na=content:slides,main\r\na=label:7\r\n',
  'v=0\r\no=- 1 2 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=csup:cap-v0\r\na=tcap:1 RTP/SAVP RTP/SAVPF\r\nm=audio 10000 RTP/AVP 0 18\r\na=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\na=pcfg:1 t=1|2 a=1\r\na=creq:cap-v0\r\na=maxprate:50.0\r\nm=audio 10002 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4;inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|2:4 KDR=1 UNENCRYPTED_SRTCP\r\na=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==|1:32 -X\r\na=sendonly\r\nm=image 10004 udptl t38\r\na=T38FaxVersion:3\r\na=T38MaxBitrate:14400\r\na=T38FaxFillBitRemoval:0\r\na=T38FaxTranscodingJBIG\r\na=T38FaxRateManagement:transferredTCF\r\na=T38FaxMaxBuffer:1800\r\na=T38FaxMaxDatagram:238\r\na=T38FaxUdpEC:t38UDPRedundancy\r\nm=image 9 TCP/TLS t38\r\na=setup:active\r\na=connection:existing\r\nm=application 10006 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n',
];
