/** Who is shown to whom: SIPp as a caller who hides, as the phone it calls, and as a carrier that is trusted and one that is not (RFC 3323, RFC 3325). */
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect } from '../peers/wait.ts';
import type { User } from '../server-under-test.ts';
import type { ScenarioName } from '../sipp/index.ts';
import { credentialsOf, registerAt } from './sipp.case.ts';

const needs = ['sipp'];

function running({ server }: CaseContext): Ringdown {
  if (server instanceof Ringdown) return server;
  throw new TypeError('this case is for Ringdown');
}

/** One call of a user who hides, to whoever answers at the port. */
async function call(
  context: CaseContext,
  caller: User,
  to: { number: string; port: number; answers: ScenarioName },
): Promise<void> {
  const far = await context.sipp({
    name: to.answers,
    port: to.port,
    scenario: to.answers,
    calls: 1,
    traceMessages: true,
  });
  const near = await context.sipp({
    name: 'caller',
    scenario: 'hides',
    target: context.serverAddress('udp'),
    users: [credentialsOf(caller, to.number)],
    calls: 1,
    args: ['-d', '200'],
    traceMessages: true,
  });
  for (const count of [await near.finish(20_000), await far.finish(20_000)])
    expect(count.successful === 1, `the call did not go well\n${far.report()}`);
}

async function toPhone(context: CaseContext): Promise<void> {
  const [caller, callee] = [await context.server.addUser(), await context.server.addUser()];
  const port = await context.ports.take('sip');
  await registerAt(context, callee, port);
  await call(context, caller, { number: callee.extension, port, answers: 'answerNobody' });
  const [record] = (await running(context).cli('calls', 'history', '--limit', '1')) as {
    from: { user: string };
    caller: { party: { user: string } } | null;
  }[];
  expect(record?.from.user === 'anonymous', `the record shows ${record?.from.user}`);
  expect(record?.caller?.party.user === caller.extension, `the record knows ${record?.caller?.party.user}`);
}

async function toTrunk(context: CaseContext): Promise<void> {
  const server = running(context);
  const caller = await server.addUser();
  const port = await context.ports.take('sip');
  await context.trunk({ name: `privacy-${port}`, prefix: '66', host: '127.0.0.1', port, isProbed: false });
  await server.cli('number', 'add', '+4930777', '--external', '--user', caller.extension);
  await call(context, caller, { number: '6649891', port, answers: 'answerNobody' });
  await server.cli('trunk', 'set', `privacy-${port}`, '--trusted', 'yes');
  await call(context, caller, { number: '6649891', port, answers: 'answerAsserted' });
}

export const cases: readonly InteropCase[] = [
  { name: 'identity: a phone is not shown who hides, the record knows it', needs, run: toPhone },
  { name: 'identity: a trunk is told who hides only where it is trusted', needs, run: toTrunk },
];
