/**
 * The admin protocol: one JSON object a line over a Unix socket of mode 0600, request and reply paired by id. Whoever may open the socket
 * may do everything; there is no other authentication.
 */

export interface AdminRequest {
  readonly id: number;
  /** `user.add`, `calls.list`, `status` … */
  readonly verb: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export type AdminReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** Where requests go: a path, and how long to wait for each answer. */
export interface AdminTarget {
  readonly socketPath: string;
  readonly timeoutMs: number;
}

/** A longer line ends the connection. */
export const maxLineBytes = 8 * 1024 * 1024;

export function encodeLine(value: AdminRequest | AdminReply): string {
  return `${JSON.stringify(value)}\n`;
}

/** Cuts a byte stream into JSON values. A line that is no JSON comes out as undefined. */
export class LineReader {
  #rest = '';

  /** @returns the values completed by this chunk, or null when a line is too long and the connection must end. */
  push(chunk: string): unknown[] | null {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxLineBytes) return null;
    return lines.filter((line) => line.length > 0).map(parseLine);
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
