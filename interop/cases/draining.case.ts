/** SIGTERM: calls that are up go on for as long as the bound allows, new ones are refused, and what is left ends with a cause. */
import { join } from 'node:path';
import { AudioSocket, measureRoundTrip } from '@ringdown/media/audio';
import { PhoneError } from '@ringdown/sip';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect, waitFor } from '../peers/wait.ts';

async function drain(context: CaseContext): Promise<void> {
  const server = context.keep(await Ringdown.start({ folder: join(context.folder, 'd'), ports: context.ports }));
  const { username, password } = await server.addUser();
  const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
  const audio = await AudioSocket.open({ address: server.host });
  const url = `http://127.0.0.1:${server.httpPort}`;
  try {
    await phone.register();
    const call = await phone.call('600', { body: audio.description });
    audio.connect(call.remoteBody);
    await measureRoundTrip(audio, { times: 1 });
    process.kill(server.pid, 'SIGTERM');
    const unhealthy = async (): Promise<boolean> => (await fetch(`${url}/health`)).status === 503;
    await waitFor({ what: 'the server to say that it drains', withinMs: 3_000 }, unhealthy);
    const refused = await phone.call('601', { body: audio.description }).catch((thrown: unknown) => thrown);
    expect(refused instanceof PhoneError && refused.status === 503, `a new call: ${String(refused)}`);
    const { medianMs } = await measureRoundTrip(audio, { times: 3 });
    expect(medianMs < 200 && call.isUp, `the call that was up: ${medianMs} ms`);
    const end = await call.ended;
    expect(
      end.by === 'remote' && /shutting-down/.test(end.reasonHeader ?? ''),
      `it ended ${JSON.stringify(end.reasonHeader)}`,
    );
    const code = await server.process.waitForExit(10_000);
    expect(code === 0, `the server ended with ${code}`);
  } finally {
    audio.close();
    // The server is gone: there is nothing to unregister from.
    void phone.close().catch(() => undefined);
  }
}

async function deletedUser(context: CaseContext): Promise<void> {
  const { server } = context;
  if (!(server instanceof Ringdown)) throw new TypeError('this case is for Ringdown');
  const [leaver, other] = [await server.addUser(), await server.addUser()];
  const open = ({ username, password }: typeof leaver) =>
    createPhone({ server: `${server.host}:${server.udpPort}`, username, password, onCall: (call) => call.ring() });
  const [gone, caller] = [await open(leaver), await open(other)];
  const audio = await AudioSocket.open({ address: server.host });
  const codeOf = (thrown: unknown) =>
    thrown instanceof PhoneError ? `${thrown.code} ${thrown.status}` : String(thrown);
  try {
    await Promise.all([gone.register(), caller.register()]);
    await server.cli('user', 'delete', leaver.extension);
    const called = await caller.call(leaver.extension, { body: audio.description }).catch(codeOf);
    expect(called === 'sip_phone_refused 404', `calling who was deleted: ${String(called)}`);
    const calling = await gone.call(other.extension, { body: audio.description }).catch(codeOf);
    expect(/^sip_phone_credentials/.test(String(calling)), `a call of who was deleted: ${String(calling)}`);
    const registering = await gone.register().catch(codeOf);
    expect(/^sip_phone_credentials/.test(String(registering)), `registering again: ${String(registering)}`);
    const text = await (await fetch(`http://127.0.0.1:${server.httpPort}/metrics`)).text();
    checkExposition(text);
  } finally {
    audio.close();
    await caller.close();
    await gone.close();
  }
}

/** The text format of Prometheus, and the families that a dashboard needs. */
function checkExposition(text: string): void {
  for (const line of text.trimEnd().split('\n'))
    expect(
      /^# (HELP|TYPE) [a-z_]+ .+$|^[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? -?[0-9.e+-]+$/i.test(line),
      `no line of the format: ${line}`,
    );
  for (const name of [
    'calls',
    'calls_ended_total',
    'bindings',
    'sip_requests_total',
    'sip_responses_total',
    'sip_transactions',
    'append_log_write_seconds_bucket',
    'event_loop_delay_seconds',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'media_up',
    'media_sessions',
  ])
    expect(new RegExp(`^ringdown_${name}[ {]`, 'm').test(text), `/metrics says nothing of ${name}`);
}

export const cases: readonly InteropCase[] = [
  { name: 'draining: SIGTERM with a call up', needs: [], run: drain },
  { name: 'operator: a deleted user is gone at once; metrics', needs: [], run: deletedUser },
];
