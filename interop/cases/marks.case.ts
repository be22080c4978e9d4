/** The marks that routers go by (DSCP, RFC 4594), read back from the wire: signalling 40, audio 46. */
import { AudioSocket, measureRoundTrip } from '@ringdown/media/audio';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { Tshark } from '../peers/tshark.ts';
import { expect, waitFor } from '../peers/wait.ts';

async function marks(context: CaseContext): Promise<void> {
  const { folder, ports, server } = context;
  if (!(server instanceof Ringdown)) throw new TypeError('this case is for Ringdown');
  const bySystemCalls = async () =>
    ((await server.cli('status')) as { sipDatagrams: { by: string } }).sipDatagrams.by === 'system-calls';
  await waitFor({ what: 'SIP datagrams to go by system calls', withinMs: 20_000 }, bySystemCalls);
  const capture = await Tshark.start({ folder, ports });
  const { username, password } = await server.addUser();
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  const audio = await AudioSocket.open({ address: server.host });
  try {
    await phone.register();
    const call = await phone.call('600', { body: audio.description });
    audio.connect(call.remoteBody);
    await measureRoundTrip(audio, { times: 1 });
    await call.hangUp();
    await capture.waitForPackets(20);
  } finally {
    audio.close();
    await phone.close();
    await capture.stop();
  }
  const signalling = await capture.marksOf(`sip && udp.srcport == ${server.udpPort}`);
  expect(signalling.join() === '40', `signalling is marked ${signalling.join(' and ')}`);
  const sound = await capture.marksOf(`rtp && udp.dstport == ${audio.port}`);
  expect(sound.join() === '46', `audio is marked ${sound.join(' and ')}`);
}

export const cases: readonly InteropCase[] = [
  { name: 'marks: DSCP of signalling and audio on the wire', needs: ['tshark'], run: marks },
];
