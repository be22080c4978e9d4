/** Waiting messages, application/simple-message-summary (RFC 3842; package `message-summary`): lines of text. */
import { bytesToString, stringIntoBytes, toWire } from '../../message/text.ts';

export const messageSummaryType = 'application/simple-message-summary';

/** Of one kind of message; the urgent ones are among them. */
export interface MessageCounts {
  readonly new: number;
  readonly old: number;
  readonly urgentNew?: number;
  readonly urgentOld?: number;
}

export interface MessageSummary {
  readonly isWaiting: boolean;
  /** A URI that leads to the messages. */
  readonly account?: string | undefined;
  /** By class in lower case: voice, fax, pager, multimedia, text, none. */
  readonly counts: Readonly<Record<string, MessageCounts>>;
}

const names: Readonly<Record<string, string>> = {
  voice: 'Voice-Message',
  fax: 'Fax-Message',
  pager: 'Pager-Message',
  multimedia: 'Multimedia-Message',
  text: 'Text-Message',
  none: 'None',
};
const classes: ReadonlyMap<string, string> = new Map(
  Object.entries(names).map(([key, name]) => [name.toLowerCase(), key]),
);
const mostLines = 64;

/** Undefined: no such document. Lines that are not known are passed over. */
export function parseMessageSummary(bytes: Uint8Array): MessageSummary | undefined {
  const lines = bytesToString(bytes, 0, Math.min(bytes.length, 8_192)).split(/\r?\n/, mostLines);
  let isWaiting: boolean | undefined;
  let account: string | undefined;
  const counts: Record<string, MessageCounts> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const kind = classes.get(name);
    if (name === 'messages-waiting') isWaiting = readYes(value);
    else if (name === 'message-account') account = value;
    else if (kind !== undefined) {
      const read = readCounts(value);
      if (read !== undefined) counts[kind] = read;
    }
  }
  return isWaiting === undefined ? undefined : { isWaiting, account, counts };
}

export function formatMessageSummary({ isWaiting, account, counts }: MessageSummary): Uint8Array {
  const lines = [`Messages-Waiting: ${isWaiting ? 'yes' : 'no'}`];
  if (account !== undefined && !/[\r\n\0]/.test(account)) lines.push(`Message-Account: ${account}`);
  for (const [kind, name] of Object.entries(names)) {
    const count = counts[kind];
    if (count === undefined) continue;
    const { urgentNew = 0, urgentOld = 0 } = count;
    lines.push(`${name}: ${count.new}/${count.old} (${urgentNew}/${urgentOld})`);
  }
  const wire = toWire(`${lines.join('\r\n')}\r\n`);
  const bytes = new Uint8Array(wire.length);
  stringIntoBytes(wire, bytes, 0);
  return bytes;
}

function readYes(value: string): boolean | undefined {
  const word = value.toLowerCase();
  return word === 'yes' ? true : word === 'no' ? false : undefined;
}

function readCounts(value: string): MessageCounts | undefined {
  const found = /^(\d{1,9})\s*\/\s*(\d{1,9})(?:\s*\(\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*\))?$/.exec(value);
  if (found === null) return undefined;
  const urgent = found[3] === undefined ? {} : { urgentNew: Number(found[3]), urgentOld: Number(found[4]) };
  return { new: Number(found[1]), old: Number(found[2]), ...urgent };
}
