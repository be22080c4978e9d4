/**
 * Lines on their way to a file: gathered here and handed over as one text, since the stream below looks at all that it holds with each line it is given.
 * What is held when the process exits is still written.
 */
import { type DestinationStream, destination } from 'pino';

/** Handed over when so much is there, at the latest after so long. */
const batchChars = 65_536;
const batchMs = 200;

export class LineBatch implements DestinationStream {
  readonly #stream: ReturnType<typeof destination>;
  #text = '';
  #timer: NodeJS.Timeout | undefined;

  /** @param file undefined: standard output */
  constructor(file: string | undefined) {
    this.#stream = destination({ dest: file ?? 1, sync: false, minLength: 1, mkdir: file !== undefined });
    process.once('exit', () => this.#handOver());
  }

  write(line: string): void {
    this.#text += line;
    if (this.#text.length >= batchChars) this.#handOver();
    else this.#timer ??= setTimeout(() => this.#handOver(), batchMs).unref();
  }

  /** Resolves when all of it is with the operating system. */
  flush(): Promise<void> {
    this.#handOver();
    return new Promise((resolve) => this.#stream.flush(() => resolve()));
  }

  #handOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = '';
    if (text !== '') this.#stream.write(text);
  }
}
