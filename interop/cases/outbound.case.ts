/** Registration by flows and instances (RFC 5626, RFC 5627), as foreign phones do it. */
import { AudioSocket } from '@ringdown/media/audio';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect } from '../peers/wait.ts';
import type { User } from '../server-under-test.ts';

interface Shown {
  readonly registered: readonly { readonly contact: string; readonly instance?: string; readonly regId?: number }[];
}

async function shown({ server }: CaseContext, { extension }: User): Promise<Shown['registered']> {
  if (!(server instanceof Ringdown)) return [];
  return ((await server.cli('user', 'show', extension)) as Shown).registered;
}

/** A program calls that URI, and hears that somebody answers. */
async function callTo({ server }: CaseContext, uri: string): Promise<void> {
  const { username, password } = await server.addUser();
  const voice = await AudioSocket.open({ address: server.host });
  const caller = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  try {
    await caller.register();
    const call = await caller.call(uri, { body: voice.description });
    await call.hangUp();
  } finally {
    voice.close();
    await caller.close();
  }
}

/** baresip registers a flow, keeps it by STUN, and is called by its GRUU over that flow. */
async function baresipFlow(context: CaseContext): Promise<void> {
  const { user } = await context.baresip({ name: 'phone', answering: 'auto' }, { registersFlow: true });
  const [binding, ...others] = await shown(context, user);
  expect(binding?.regId === 1 && binding.instance !== undefined, `registered: ${JSON.stringify(binding)}`);
  expect(others.length === 0, `one flow, and yet ${others.length + 1}`);
  const instance = (binding?.instance ?? '').replace(/[<>]/g, '');
  await callTo(context, `sip:${user.extension}@${context.server.domain};gr=${instance}`);
}

/** Linphone gives its instance, and is called by the GRUU that follows from it. */
async function linphoneInstance(context: CaseContext): Promise<void> {
  const { user } = await context.linphone({ name: 'phone', answering: 'auto' });
  const [binding] = await shown(context, user);
  expect(binding?.instance !== undefined, `registered: ${JSON.stringify(binding)}`);
  const instance = (binding?.instance ?? '').replace(/[<>]/g, '');
  await callTo(context, `sip:${user.extension}@${context.server.domain};gr=${instance}`);
}

export const cases: readonly InteropCase[] = [
  { name: 'outbound: baresip by its flow and its GRUU', needs: ['baresip'], servers: ['ringdown'], run: baresipFlow },
  { name: 'outbound: Linphone by its GRUU', needs: ['linphonec'], servers: ['ringdown'], run: linphoneInstance },
];
