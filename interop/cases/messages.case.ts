/** Messages between foreign phones and programs, through the server (RFC 3428), and that somebody is writing (RFC 3994). */
import { Composing, formatIsComposing, isComposingType, type PagerMessage, parseIsComposing } from '@ringdown/sip';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { expect, waitFor } from '../peers/wait.ts';

/** A registered phone of a new user, and what it was sent. */
async function program({ server }: CaseContext) {
  const { extension, ...user } = await server.addUser();
  const got: PagerMessage[] = [];
  const { username, password } = user;
  const phone = await createPhone({
    server: `${server.host}:${server.udpPort}`,
    username,
    password,
    onMessage: (message) => void got.push(message),
  });
  await phone.register();
  return { phone, extension, got };
}

async function linphoneAndProgram(context: CaseContext): Promise<void> {
  const { phone, extension, got } = await program(context);
  try {
    const { phone: linphone, user } = await context.linphone({ name: 'linphone' });
    linphone.chat(context.uriOf(extension), 'hello from Linphone');
    await waitFor({ what: 'a message of Linphone', tail: () => linphone.tail() }, () =>
      got.some(({ text }) => text?.includes('hello from Linphone') === true),
    );
    const mark = linphone.mark();
    const typing = await phone.message(user.extension, {
      type: isComposingType,
      bytes: formatIsComposing({ state: 'active', refreshSec: 60 }),
    });
    expect(typing === 200, `Linphone answered that somebody writes with ${typing}`);
    await linphone.waitForLog(/application\/im-iscomposing\+xml/, { from: mark });
    expect((await phone.message(user.extension, 'hello from a program')) === 200, 'the message was not taken');
    await linphone.process.waitForOutput(/Message received from .*hello from a program/);
  } finally {
    await phone.close();
  }
}

async function linphoneToLinphone(context: CaseContext): Promise<void> {
  const one = await context.linphone({ name: 'one' });
  const other = await context.linphone({ name: 'other' });
  one.phone.chat(context.uriOf(other.user), 'hello there');
  await other.phone.process.waitForOutput(/Message received from .*hello there/);
}

/** Somebody writes, and stops: the machine of the one program, read by the other. */
async function writing(context: CaseContext): Promise<void> {
  const [one, other] = [await program(context), await program(context)];
  try {
    const say = (status: Parameters<typeof formatIsComposing>[0]): void =>
      void one.phone.message(other.extension, { type: isComposingType, bytes: formatIsComposing(status) });
    const composing = new Composing({ clock: one.phone.agent.options.clock, say });
    composing.typed();
    composing.cleared();
    const states = () => other.got.flatMap(({ bytes }) => parseIsComposing(bytes)?.state ?? []);
    await waitFor({ what: 'both states' }, () => states().length === 2);
    expect(states().sort().join() === 'active,idle', states().join());
  } finally {
    await one.phone.close();
    await other.phone.close();
  }
}

export const cases: readonly InteropCase[] = [
  {
    name: 'messages: Linphone and a program, both ways, and that somebody writes',
    needs: ['linphonec'],
    run: linphoneAndProgram,
  },
  { name: 'messages: Linphone to Linphone', needs: ['linphonec'], run: linphoneToLinphone },
  { name: 'messages: that somebody writes, from program to program', needs: [], run: writing },
];
