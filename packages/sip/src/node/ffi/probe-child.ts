/** Tries direct datagrams: one to itself. Run in a process of its own, as what does not work may crash it; says in a sentence why it does not, and ends with 1. */
import { createSocket } from 'node:dgram';
import { descriptorOf } from '../descriptor-of.ts';
import { DirectDatagrams } from './direct-datagrams.ts';

/** 127.0.0.1 as a number. */
const loopback = 0x7f_00_00_01;

function end(text: string): never {
  process.stdout.write(text);
  process.exit(text === '' ? 0 : 1);
}

const socket = createSocket('udp4');
socket.bind({ address: '127.0.0.1', port: 0 }, () => {
  const { address, port } = socket.address();
  const local = { family: 4, address, port } as const;
  const descriptor = descriptorOf(local) ?? end('the descriptor of a socket is not found in /proc');
  const direct = new DirectDatagrams(descriptor, 0);
  const sent = new TextEncoder().encode('OPTIONS sip:ringdown SIP/2.0');
  const outcome = direct.send(sent, local);
  if (outcome !== 'sent') end(`a datagram could not be sent: ${String(outcome)}`);
  // The kernel has brought it to us before the call returned, so the event loop cannot have it.
  direct.receive((bytes, host, from) => {
    const isSame = bytes.length === sent.length && sent.every((octet, index) => bytes[index] === octet);
    end(isSame && host === loopback && from === port ? '' : 'a datagram came back changed');
  });
  end('a datagram to itself did not arrive');
});
