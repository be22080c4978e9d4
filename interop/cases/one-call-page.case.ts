/** docs/guides/sip-in-one-call.md teaches by the messages of a real call: here that call is made again, and the page must show what was sent. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SessionBody } from '@ringdown/sip';
import { createPhone, type PhoneOptions } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { expect } from '../peers/wait.ts';
import type { User } from '../server-under-test.ts';
import { overCall, serverOf } from '../traced-call.ts';

const page = fileURLToPath(new URL('../../docs/guides/sip-in-one-call.md', import.meta.url));

/** Where somebody hears: nothing is said in this call, so nothing needs to listen there. */
function audioAt(address: string, port: number): SessionBody {
  const lines = [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
  ];
  return { type: 'application/sdp', bytes: new TextEncoder().encode(`${lines.join('\r\n')}\r\n`) };
}

/** Alice calls Bob, who rings, answers and hangs up. @returns what Alice and the server said, in its order, and then what the server asked Bob */
async function playCall(context: CaseContext): Promise<readonly string[]> {
  const { server } = context;
  const [alice, bob] = [await server.addUser(), await server.addUser()];
  const open = ({ username, password }: User, more: Pick<PhoneOptions, 'displayName' | 'onCall'>) =>
    createPhone({ server: `${server.host}:${server.udpPort}`, transport: 'udp', username, password, ...more });
  const rings = Promise.withResolvers<void>();
  const callee = await open(bob, {
    displayName: 'Bob',
    onCall: (call) => {
      call.ring();
      void rings.promise.then(() => call.answer(audioAt(server.host, 40_004))).then((answered) => answered.hangUp());
    },
  });
  const caller = await open(alice, { displayName: 'Alice' });
  try {
    await callee.register();
    // When the caller has said that it knows of the ringing, which it does before anything else.
    const onProgress = () => void setImmediate(rings.resolve);
    const call = await caller.call(bob.extension, { body: audioAt(server.host, 40_000), onProgress });
    await call.ended;
    const { messages } = await overCall(serverOf(context), bob.extension);
    const [first] = messages;
    const ofAlice = messages.filter(({ sipCallId }) => sipCallId === first?.sipCallId);
    const toBob = messages.find(({ sipCallId }) => sipCallId !== first?.sipCallId);
    return [...ofAlice, ...(toBob === undefined ? [] : [toBob])].map(({ text }) => text);
  } finally {
    await caller.close();
    await callee.close();
  }
}

/** What differs from call to call is left out. */
function shapeOf(message: string): string {
  return message
    .trim()
    .replaceAll('\r\n', '\n')
    .replaceAll(/\b127\.0\.0\.1(:\d+)?\b/g, 'HOST')
    .replaceAll(/\b(branch|tag|nonce|cnonce|response|received|rport|opaque)=("[^"]*"|[^;,\s>]*)/g, '$1=…')
    .replaceAll(/^(Call-ID|Content-Length|Session-ID|Date|Server|User-Agent): .*$/gm, '$1: …')
    .replaceAll(/^(CSeq|RSeq|RAck): [\d ]*/gm, '$1: … ')
    .replaceAll(/^o=.*$/gm, 'o=…')
    .replaceAll(/^m=audio \d+/gm, 'm=audio PORT')
    .replaceAll(/sip:[^@>;\s]+@/g, 'sip:USER@')
    .replaceAll(/\b(?:username|realm|uri)="[^"]*"/g, '…');
}

async function compare(context: CaseContext): Promise<void> {
  const played = await playCall(context);
  const text = readFileSync(page, 'utf8');
  const shown = [...text.matchAll(/^```sip\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  const all = played.map((message) => message.replaceAll('\r\n', '\n').trim()).join('\n----\n');
  expect(shown.length === played.length, `the page shows ${shown.length} messages of ${played.length}:\n${all}`);
  for (const [index, message] of played.entries()) {
    const [is, was] = [shapeOf(message), shapeOf(shown[index] ?? '')];
    expect(
      is === was,
      `message ${index + 1} of docs/guides/sip-in-one-call.md is\n${was}\nand was sent as\n${is}\n\nthe whole call:\n${all}`,
    );
  }
}

export const cases: readonly InteropCase[] = [
  { name: 'docs: SIP in one call, message by message', needs: [], run: compare },
];
