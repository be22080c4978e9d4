/** Records as they go to disk: those without secrets as they stand, in one piece with their neighbours; the few others with their messages masked. */
import { type MaskSdp, maskMessage } from './mask-message.ts';
import { SecretScan } from './may-hold-secrets.ts';
import { messageStart, recordLength, withMessage } from './trace-record.ts';

export interface MaskedRecords {
  readonly parts: readonly Buffer[];
  readonly records: number;
  /** Where the next record begins. */
  readonly end: number;
}

/** So many are masked before the thread is given back: about a millisecond. */
const maskedAtOnce = 40;

export function maskRecords(bytes: Buffer, start: number, maskSdp: MaskSdp): MaskedRecords {
  const parts: Buffer[] = [];
  const scan = new SecretScan(bytes);
  let records = 0;
  let masked = 0;
  let clean = start;
  let at = start;
  while (at < bytes.length && masked < maskedAtOnce) {
    const end = at + (recordLength(bytes, at) || bytes.length);
    const messageAt = messageStart(bytes, at);
    records += 1;
    if (scan.mayHold(messageAt, end)) {
      masked += 1;
      const message = bytes.subarray(messageAt, end);
      const shown = maskMessage(message, maskSdp);
      if (shown !== message) {
        parts.push(bytes.subarray(clean, at), withMessage(bytes.subarray(at, end), shown));
        clean = end;
      }
    }
    at = end;
  }
  if (clean < at) parts.push(bytes.subarray(clean, at));
  return { parts, records, end: at };
}
