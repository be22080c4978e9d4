/** Many questions over one connection to Ringdown's admin socket: a line of JSON each, answered in whatever order. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fail } from './wait.ts';

export interface AdminQuestion {
  readonly verb: string;
  readonly args: Readonly<Record<string, unknown>>;
}

interface Reply {
  readonly id: number;
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

const atOnce = 64;

/** The results in the order of the questions; the first that is refused fails them all. */
export async function askMany<Result>(
  socketPath: string,
  questions: readonly AdminQuestion[],
): Promise<readonly Result[]> {
  const socket = connect(socketPath);
  const results: Result[] = [];
  let sent = 0;
  let answered = 0;
  const ask = () => {
    const question = questions[sent];
    if (question !== undefined) socket.write(`${JSON.stringify({ id: sent, ...question })}\n`);
    sent += 1;
  };
  try {
    await new Promise<void>((done, failed) => {
      socket.on('error', failed);
      socket.on('close', () => failed(new TypeError('the admin socket was closed')));
      createInterface({ input: socket }).on('line', (line) => {
        const reply = JSON.parse(line) as Reply;
        if (!reply.ok) failed(new TypeError(`${reply.error?.code}: ${reply.error?.message}`));
        results[reply.id] = reply.result as Result;
        answered += 1;
        if (answered === questions.length) done();
        else ask();
      });
      for (let index = 0; index < Math.min(atOnce, questions.length); index += 1) ask();
    });
  } catch (error) {
    fail(`asking over ${socketPath}: ${String(error)}`);
  } finally {
    socket.destroy();
  }
  return results;
}
