/** Sends some datagrams to one place, each after the one before, and says whether the system took them. */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { AppError } from '#base/errors';

/** @throws AppError `trace.collector-failed` where the name has no address or the system refuses. */
export async function sendDatagrams(packets: readonly Uint8Array[], host: string, port: number): Promise<void> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  try {
    for (const packet of packets)
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.send(packet, port, host, (error) => {
          socket.off('error', reject);
          if (error) reject(error);
          else resolve();
        });
      });
  } catch (cause) {
    const message = `Nothing could be sent to ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}.`;
    throw new AppError({ code: 'trace.collector-failed', fault: 'caller', retry: 'later', message, cause });
  } finally {
    socket.close();
  }
}
