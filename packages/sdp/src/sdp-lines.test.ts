/** For the tests of this package: a description, and an m-line, out of a few lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MediaDescription, parseSdp, type SessionDescription } from './index.ts';

export function sdpOf(...lines: readonly string[]): SessionDescription {
  const result = parseSdp(['v=0', 'o=- 1 1 IN IP4 192.0.2.1', ...lines].join('\r\n'));
  assert.ok(result.ok, JSON.stringify(result));
  return result.sdp;
}

/** Audio, where no m-line comes first. */
export function lineOf(...lines: readonly string[]): MediaDescription {
  const first = lines[0]?.startsWith('m=') === true ? [] : ['m=audio 4000 RTP/AVP 0'];
  const [line] = sdpOf(...first, ...lines).media;
  assert.ok(line);
  return line;
}

test('a line out of a few lines is audio unless it says otherwise', () => {
  assert.deepEqual([lineOf('a=x').kind, lineOf('m=video 1 RTP/AVP 31').kind], ['audio', 'video']);
});
