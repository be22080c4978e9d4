/**
 * Frames on a byte stream: a length and that many octets, of UTF-8 JSON or, from version 2 of the protocol on, of a told command (told-frame.ts).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |                 length of the rest, big endian                |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |  JSON, or told command ...                                    |
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Leaves out: what it means (envelope.ts, check-command.ts, told-frame.ts).
 */
import { Buffer } from 'node:buffer';
import { toldMark } from './told-frame.ts';

/** A longer frame ends the connection: its length cannot be trusted, so there is no way to find the next frame. */
export const maxFrameBytes = 4 * 1024 * 1024;

const headerBytes = 4;
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeFrame(value: unknown): Uint8Array {
  const json = JSON.stringify(value);
  const length = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame.writeUInt32BE(length);
  frame.write(json, headerBytes);
  return frame;
}

/** `value`: one frame's JSON. `told`: one of octets, to be read before the next bytes come. `bad-json`: skipped, the stream goes on. `too-long`: the stream is of no more use. */
export type FrameResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'told'; readonly bytes: Uint8Array }
  | { readonly kind: 'bad-json'; readonly detail: string }
  | { readonly kind: 'too-long'; readonly lengthBytes: number };

/** Collects bytes as they come and gives frames as they are complete. */
export class FrameReader {
  #held: Uint8Array = new Uint8Array(0);
  #dead = false;

  /** Bytes of an incomplete frame. */
  get heldBytes(): number {
    return this.#held.length;
  }

  push(bytes: Uint8Array): FrameResult[] {
    const results: FrameResult[] = [];
    if (this.#dead) return results;
    const all = this.#held.length === 0 ? bytes : join(this.#held, bytes);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    let at = 0;
    while (all.length - at >= headerBytes) {
      const length = view.getUint32(at);
      if (length > maxFrameBytes) {
        this.#dead = true;
        this.#held = new Uint8Array(0);
        results.push({ kind: 'too-long', lengthBytes: length });
        return results;
      }
      if (all.length - at - headerBytes < length) break;
      at += headerBytes;
      const frame = all.subarray(at, at + length);
      results.push(frame[0] === toldMark ? { kind: 'told', bytes: frame } : decodeJson(frame));
      at += length;
    }
    // A copy: the caller may reuse its buffer.
    this.#held = Uint8Array.prototype.slice.call(all, at);
    return results;
  }
}

function decodeJson(bytes: Uint8Array): FrameResult {
  try {
    return { kind: 'value', value: JSON.parse(decoder.decode(bytes)) };
  } catch (error) {
    return { kind: 'bad-json', detail: error instanceof Error ? error.message : String(error) };
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
