/** A phone that registers, calls a number that gives back what it hears, and says how long that took: `calling-phone.ts SERVER USER PASSWORD NUMBER`. */
import { AudioSocket, measureRoundTrip } from '@ringdown/media/audio';
import { createPhone } from '@ringdown/sip/node';

const [server = '', username = '', password = '', number = ''] = process.argv.slice(2);
const address = process.env.PRIVATE_ADDRESS ?? '';
const audio = await AudioSocket.open({ address });
const phone = await createPhone({ server, username, password, localAddress: address });
await phone.register();
const call = await phone.call(number, { body: audio.description });
audio.connect(call.remoteBody);
const { medianMs } = await measureRoundTrip(audio, { times: 3 });
console.log(`round trip ${medianMs.toFixed(1)} ms`);
await call.hangUp();
audio.close();
await phone.close();
