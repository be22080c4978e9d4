/** Mutations of text with one character per byte: what breaks hand-written parsers, in proportions that keep most inputs half right. */
import type { SeededRandom } from './seeded-random.ts';

const MAX_LENGTH = 60_000;

/** Single characters that delimit something, and bytes that are no text. */
const SPECIAL = ' \t\r\n\0"\\<>()[]{}@,;:=?&%/*+-_.~#^|\'`09aZ\x7f\x80\xbf\xc0\xc3\xe2\xed\xf0\xf4\xff';

const TOKENS = [
  '\r\n',
  '\r\n\r\n',
  '\r\n ',
  '\n',
  '\r',
  '\r\n\t',
  ': ',
  ';',
  ';;',
  ',,',
  '""',
  '"\\',
  '<>',
  '<<',
  '>>',
  '<sip:',
  'sip:',
  'sips:',
  'tel:+',
  'tel:',
  '%00',
  '%0d%0a',
  '%25',
  '%',
  '%zz',
  '*',
  ';lr',
  ';tag=',
  ';tag',
  ';branch=z9hG4bK',
  ';rport',
  ';received=',
  ';q=0.5',
  ';q=2',
  ';expires=',
  '[::1]',
  '[::',
  ':::',
  '[2001:db8::1]:5060',
  '192.0.2.1',
  '256.1.1.1',
  ':0',
  ':65535',
  ':65536',
  ':99999999999999999999',
  '-1',
  '0',
  '00000000000000000001',
  '4294967295',
  '4294967296',
  '2147483648',
  '9007199254740993',
  '1e9',
  'SIP/2.0',
  'SIP/2.0/UDP ',
  'SIP/7.0',
  'INVITE ',
  'Via: ',
  'v:',
  'l:',
  'l: 0\r\n',
  'i:',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'CSeq: 1 INVITE\r\n',
  'From: <sip:a@b>;tag=1\r\n',
  'To: ',
  'X: y\r\n',
  'Digest ',
  'realm="',
  'nonce=',
  'algorithm=MD5',
  'qop="auth,auth-int"',
  'nc=00000001',
  'boundary=x',
  '--x\r\n',
  '--x--',
  '\xc3\xa9',
  '\xed\xa0\x80',
  '\xf0\x9f\x93\x9e',
  '\xef\xbb\xbf',
  'v=0\r\n',
  'o=- 1 1 IN IP4 0.0.0.0\r\n',
  's=-\r\n',
  'c=IN IP6 ::1\r\n',
  't=0 0\r\n',
  'm=audio 0 RTP/AVP 0\r\n',
  'a=rtpmap:0 PCMU/8000/1\r\n',
  'a=',
  'b=AS:',
];

/** One to six changes; `other` is a second input to splice with. */
export function mutate(text: string, other: string, random: SeededRandom): string {
  let result = text;
  for (let i = 1 + random.below(6); i > 0; i--) result = change(result, other, random);
  return result.length > MAX_LENGTH ? result.slice(0, MAX_LENGTH) : result;
}

function change(text: string, other: string, random: SeededRandom): string {
  const at = random.below(text.length + 1);
  const length = 1 + random.below(random.below(8) === 0 ? 64 : 6);
  const before = text.slice(0, at);
  switch (random.below(12)) {
    case 0:
      return before + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 1:
    case 2:
      return before + SPECIAL.charAt(random.below(SPECIAL.length)) + text.slice(at + random.below(2));
    case 3:
      return before + text.slice(at + length);
    case 4:
    case 5:
      return before + random.pick(TOKENS) + text.slice(at);
    case 6:
      return before + random.pick(TOKENS) + text.slice(at + length);
    case 7:
      return before + text.slice(at, at + length).repeat(2) + text.slice(at + length);
    case 8:
      return random.below(4) === 0 ? before : swapLines(text, random);
    case 9:
      return before + other.slice(random.below(other.length + 1));
    case 10:
      return changeNumber(text, at, random);
    default:
      return random.below(200) === 0
        ? before + grow(text.slice(at, at + length), random) + text.slice(at)
        : before + text.slice(at + 1);
  }
}

/** One thing very many times: what quadratic code cannot take. */
function grow(chunk: string, random: SeededRandom): string {
  const unit = random.below(3) === 0 || chunk === '' ? random.pick(TOKENS) : chunk;
  return unit.repeat(Math.ceil((1 << (8 + random.below(8))) / unit.length));
}

function swapLines(text: string, random: SeededRandom): string {
  const lines = text.split('\r\n');
  const a = random.below(lines.length);
  const b = random.below(lines.length);
  const line = lines[a] ?? '';
  lines[a] = lines[b] ?? '';
  lines[b] = line;
  if (random.below(4) === 0) lines.splice(a, 1);
  return lines.join('\r\n');
}

function changeNumber(text: string, at: number, random: SeededRandom): string {
  const match = /\d+/.exec(text.slice(at));
  if (match === null) return text;
  const start = at + match.index;
  const number = random.pick([
    '0',
    '1',
    '255',
    '256',
    '65536',
    '4294967296',
    '99999999999999999999',
    '-1',
    '',
    '00',
    '3.5',
    '0x10',
  ]);
  return text.slice(0, start) + number + text.slice(start + match[0].length);
}
