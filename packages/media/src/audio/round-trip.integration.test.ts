/** Real sockets: an echo that holds each packet back for a known time. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { test } from 'node:test';
import { createSdp, encodeText, formatSdp } from '@ringdown/sdp';
import { AudioSocket, measureRoundTrip } from './index.ts';

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  return socket;
}

function describe(port: number, payloadType: number, name: string) {
  const media = [{ port, codecs: [{ payloadType, name, clockRate: 8000, channels: 1, fmtp: '' }] }];
  const sdp = createSdp({ origin: { sessionId: '1', sessionVersion: '1' }, address: '127.0.0.1', media });
  return { type: 'application/sdp', bytes: encodeText(formatSdp(sdp)) };
}

for (const [payloadType, name] of [
  [0, 'PCMU'],
  [8, 'PCMA'],
] as const)
  test(`the delay of an echo is measured as sound: ${name}`, async () => {
    const holdMs = 60;
    const echo = await openSocket();
    let isOpen = true;
    echo.on('message', (bytes, from) => {
      setTimeout(() => isOpen && echo.send(bytes, from.port, from.address), holdMs);
    });
    const audio = await AudioSocket.open({ address: '127.0.0.1' });
    try {
      audio.connect(describe(echo.address().port, payloadType, name));
      const { medianMs, valuesMs } = await measureRoundTrip(audio, { times: 3 });
      assert.equal(valuesMs.length, 3);
      // A timer is never early; how late it may be is the machine's matter.
      assert.ok(medianMs >= holdMs - 1 && medianMs < holdMs + 60, `${medianMs} ms`);
    } finally {
      audio.close();
      isOpen = false;
      echo.close();
    }
  });

test('a far end that is no echo is told as such', async () => {
  const silent = await openSocket();
  const audio = await AudioSocket.open({ address: '127.0.0.1' });
  try {
    audio.connect(describe(silent.address().port, 0, 'PCMU'));
    await assert.rejects(measureRoundTrip(audio, { times: 1, withinMs: 200 }), { code: 'audio_no_echo' });
  } finally {
    audio.close();
    silent.close();
  }
});

test('what we cannot speak is refused: no audio, another codec, a line that is off, no description', async () => {
  const audio = await AudioSocket.open({ address: '127.0.0.1' });
  const theirs = [describe(4000, 9, 'G722'), describe(0, 0, 'PCMU'), { type: 'x', bytes: new Uint8Array() }, null];
  for (const description of theirs) assert.throws(() => audio.connect(description), { code: 'audio_no_common_codec' });
  audio.close();
});
