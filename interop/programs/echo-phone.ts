/** A phone that registers, answers every call and gives back what it hears, until it is told to stop: `echo-phone.ts SERVER USER PASSWORD`. */
import { AudioSocket } from '@ringdown/media/audio';
import { createPhone } from '@ringdown/sip/node';

const [server = '', username = '', password = ''] = process.argv.slice(2);
const address = process.env.PRIVATE_ADDRESS ?? '';
const audio = await AudioSocket.open({ address });
audio.onFrame = ({ pcm }) => void audio.say(pcm);
const phone = await createPhone({
  server,
  username,
  password,
  localAddress: address,
  onCall: (call) => {
    audio.connect(call.remoteBody);
    call.ring();
    void call.answer(audio.description);
    console.log('answered');
    void call.ended.then(({ why }) => console.log(`ended ${why}`));
  },
});
console.log(`registered for ${await phone.register()} s`);
process.once('SIGTERM', () => {
  audio.close();
  void phone.close().then(() => process.exit(0));
});
