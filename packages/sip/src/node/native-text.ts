/** Node's own conversions between bytes and strings of one character per byte, several times faster than the portable ones. */
import { Buffer } from 'node:buffer';
import type { BytesToString, StringIntoBytes } from '../message/text.ts';

interface NativeBuffer {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  latin1Write(this: Uint8Array, text: string, offset: number, length: number): number;
}

const { latin1Slice, latin1Write } = Buffer.prototype as unknown as NativeBuffer;

export const nativeBytesToString: BytesToString = (bytes, start, end) =>
  start === end ? '' : latin1Slice.call(bytes, start, end);

export const nativeStringIntoBytes: StringIntoBytes = (wire, bytes, offset) =>
  wire === '' ? 0 : latin1Write.call(bytes, wire, offset, wire.length);
