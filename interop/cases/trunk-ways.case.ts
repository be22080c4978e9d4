/** The ways to a trunk: one that dies and comes back, requests too large for a datagram, TLS with good and bad certificates. */
import { join } from 'node:path';
import { AudioSocket } from '@ringdown/media/audio';
import { PhoneError } from '@ringdown/sip';
import { createPhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { type CertificateFiles, TestAuthority } from '../peers/certificates.ts';
import { Kamailio } from '../peers/kamailio.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect, waitFor } from '../peers/wait.ts';

type Phone = Awaited<ReturnType<typeof createPhone>>;

/** A caller of ours, and what became of its last call. */
class Caller {
  readonly #phone: Phone;
  readonly #audio: AudioSocket;
  readonly #server: Ringdown;

  private constructor(phone: Phone, audio: AudioSocket, server: Ringdown) {
    this.#phone = phone;
    this.#audio = audio;
    this.#server = server;
  }

  static async start(server: Ringdown): Promise<Caller> {
    const { username, password } = await server.addUser();
    const phone = await createPhone({ server: `${server.host}:${server.udpPort}`, username, password });
    return new Caller(phone, await AudioSocket.open({ address: server.host }), server);
  }

  /** Calls, and hangs up when it is answered. @returns the cause the call's record has, with its detail. */
  async call(number: string, headers: readonly [string, string][] = []): Promise<string> {
    const body = this.#audio.description;
    const call = await this.#phone.call(number, { body, headers }).catch((error: unknown) => {
      expect(error instanceof PhoneError, `${number}: ${String(error)}`);
    });
    await call?.hangUp();
    const isOver = async () => ((await this.#server.cli('calls', 'list')) as unknown[]).length === 0;
    await waitFor({ what: `the call to ${number} to be over`, withinMs: 10_000 }, isOver);
    const [last] = (await this.#server.cli('calls', 'history', '--limit', '1')) as {
      cause: { code: string; detail?: string };
    }[];
    return `${last?.cause.code} ${last?.cause.detail ?? ''}`.trim();
  }

  async close(): Promise<void> {
    this.#audio.close();
    await this.#phone.close();
  }
}

function ringdownOf({ server }: CaseContext): Ringdown {
  if (!(server instanceof Ringdown)) throw new TypeError('this case is for Ringdown');
  return server;
}

async function startFar(
  context: CaseContext,
  name: string,
  more: { certificates?: CertificateFiles; farPort: number; sipPort?: number },
) {
  const { folder, ports, server } = context;
  return Kamailio.start({ name, folder, ports, config: 'trunk', usPort: server.udpPort, ...more });
}

async function healthOf(server: Ringdown, name: string): Promise<string> {
  return ((await server.cli('trunk', 'show', name)) as { status: string }).status;
}

/** Kamailio stops: the trunk is down, a call is refused at once and says why; it starts again: the trunk is up and carries the call. */
async function health(context: CaseContext): Promise<void> {
  const server = ringdownOf(context);
  const farPort = await context.ports.take('sip');
  const far = await startFar(context, 'alive', { farPort });
  const place = ['--host', '127.0.0.1', '--port', String(far.sipPort), '--options-sec', '5'];
  await server.cli('trunk', 'add', 'watched', ...place, '--prefix', '78');
  await context.sipp({ name: 'far', port: farPort, scenario: 'answer', calls: 2 });
  const caller = await Caller.start(server);
  const becomes = (status: string) =>
    waitFor(
      { what: `the trunk to be ${status}`, withinMs: 40_000 },
      async () => (await healthOf(server, 'watched')) === status,
    );
  try {
    await becomes('up');
    expect((await caller.call('78100')) === 'normal-clearing', 'the trunk that is up carries no call');
    await far.stop();
    await becomes('down');
    const startMs = performance.now();
    const told = await caller.call('78100');
    expect(/^trunk-down trunk watched is down since .*OPTIONS/.test(told), `the record says ${told}`);
    expect(performance.now() - startMs < 5_000, 'the caller had to wait for a trunk that is known to be down');
    const metrics = await (await fetch(`http://127.0.0.1:${server.httpPort}/metrics`)).text();
    expect(/trunk_up\{[^}]*watched[^}]*\} 0/.test(metrics), 'the metrics say nothing of the trunk that is down');
    context.keep(await startFar(context, 'again', { farPort, sipPort: far.sipPort }));
    await becomes('up');
    expect((await caller.call('78100')) === 'normal-clearing', 'the trunk that came back carries no call');
  } finally {
    await caller.close();
  }
}

/** About the caller, and long: it crosses, and makes the INVITE too large for a datagram (RFC 3261 §18.1.1). */
const long: readonly [string, string][] = [['Call-Info', `<https://example.com/${'a'.repeat(900)}>;purpose=info`]];

async function large(context: CaseContext): Promise<void> {
  const server = ringdownOf(context);
  const [farPort, udpOnlyPort] = [await context.ports.take('sip'), await context.ports.take('sip')];
  const far = context.keep(await startFar(context, 'far-both', { farPort }));
  const trunk = (name: string, port: number, ...more: string[]) =>
    server.cli('trunk', 'add', name, '--host', '127.0.0.1', '--port', String(port), '--options-sec', '0', ...more);
  await trunk('both', far.sipPort, '--prefix', '791');
  await trunk('udp-wanted', far.sipPort, '--prefix', '792', '--no-tcp-fallback');
  await trunk('udp-only', udpOnlyPort, '--prefix', '793');
  await context.sipp({ name: 'far', port: farPort, scenario: 'answer', calls: 3 });
  await context.sipp({ name: 'no-tcp', port: udpOnlyPort, scenario: 'answer', calls: 1 });
  const caller = await Caller.start(server);
  const seen = () => [...far.process.output.matchAll(/trunk INVITE by (\w+)/g)].map(([, by]) => by).join(' ');
  try {
    for (const [number, headers, wanted] of [
      ['791100', [], 'udp'],
      ['791100', long, 'udp tcp'],
      ['792100', long, 'udp tcp udp'],
    ] as const) {
      const told = await caller.call(number, headers);
      expect(told === 'normal-clearing', `${number} ended with ${told}`);
      await waitFor(
        { what: `Kamailio to have seen ${wanted}, not ${seen()}`, withinMs: 5_000 },
        () => seen() === wanted,
      );
    }
    const told = await caller.call('793100', long);
    expect(told === 'normal-clearing', `a peer that refuses TCP: ${told}`);
  } finally {
    await caller.close();
  }
}

/** A foreign server over TLS: believed by its authority; not when its certificate has expired or is for another. */
async function tls(context: CaseContext): Promise<void> {
  const server = ringdownOf(context);
  const farPort = await context.ports.take('sip');
  const authority = new TestAuthority(join(context.folder, 'ca'));
  const kinds = {
    good: { subject: 'IP:127.0.0.1', days: 2 },
    expired: { subject: 'IP:127.0.0.1', days: -1 },
    other: { subject: 'DNS:other.test', days: 2 },
  } as const;
  const wanted = {
    good: /^normal-clearing$/,
    expired: /^unreachable .*expired/i,
    other: /^unreachable .*is not for 127\.0\.0\.1, but for DNS:other\.test/,
  };
  await context.sipp({ name: 'far', port: farPort, scenario: 'answer', calls: 1 });
  const caller = await Caller.start(server);
  try {
    for (const [at, name] of (['good', 'expired', 'other'] as const).entries()) {
      const certificates = authority.issue(name, kinds[name]);
      const far = context.keep(await startFar(context, name, { farPort, certificates }));
      const place = ['--host', '127.0.0.1', '--port', String(far.tlsPort), '--transport', 'tls', '--options-sec', '0'];
      await server.cli('trunk', 'add', `tls-${name}`, ...place, '--prefix', `70${at}`, '--ca', authority.caFile);
      const told = await caller.call(`70${at}100`);
      expect(wanted[name].test(told), `${name}: ${told}`);
      if (name === 'good') expect(/trunk INVITE by tls/.test(far.process.output), 'the call did not go by TLS');
    }
  } finally {
    await caller.close();
  }
}

const needs = ['kamailio', 'sipp', 'openssl'];

export const cases: readonly InteropCase[] = [
  { name: 'trunk: one that stops and comes back', needs, withinMs: 120_000, run: health },
  { name: 'trunk: a large INVITE by TCP', needs, run: large },
  { name: 'trunk: Kamailio over TLS', needs, run: tls },
];
