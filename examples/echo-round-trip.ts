import { AudioSocket, measureRoundTrip } from '@ringdown/media/audio';
import { createPhone } from '@ringdown/sip/node';

const [server = '127.0.0.1', username = '100', password = ''] = process.argv.slice(2);
const phone = await createPhone({ server, username, password });
const audio = await AudioSocket.open({ address: phone.localAddress });

await phone.register();
const call = await phone.call('600', { body: audio.description });
audio.connect(call.remoteBody);
const { medianMs } = await measureRoundTrip(audio);
console.log(`round trip ${medianMs.toFixed(1)} ms`);

audio.close();
await phone.close();
