/** SIPp calls through the server to SIPp: caller -> us -> callee, 1,000 calls with no failure, and the ways a call can go. */
import type { CaseContext, InteropCase } from '../case-context.ts';
import type { Sipp, SippCounts, SippOptions } from '../peers/sipp.ts';
import { expect, waitFor } from '../peers/wait.ts';
import type { User } from '../server-under-test.ts';
import type { ScenarioName } from '../sipp/index.ts';

const servers = ['ringdown', 'kamailio'] as const;
const needs = ['sipp'];
/** After both ends are done, SIPp waits 4 s for retransmissions. */
const afterglowMs = 10_000;

interface Pair {
  readonly caller: ScenarioName;
  readonly callee: ScenarioName;
  readonly calls: number;
  readonly perSecond: number;
  readonly callers?: number;
  readonly more?: Partial<SippOptions>;
  readonly transport?: 'u1' | 't1';
}

export function credentialsOf(caller: User, callee: string): string {
  const authentication = `[authentication username=${caller.username} password=${caller.password}]`;
  return [caller.username, authentication, callee, caller.domain].join(';');
}

/** Registers a user from the very port where its calls shall end; nobody must be on it yet. */
export async function registerAt(
  context: CaseContext,
  user: User,
  port: number,
  scenario: 'register' | 'plainRegister' = 'register',
): Promise<void> {
  const registering = await context.sipp({
    name: `register-${user.username}`,
    port,
    scenario,
    target: context.serverAddress('udp'),
    users: [credentialsOf(user, user.username)],
    calls: 1,
    keys: { contact_port: String(port) },
    traceMessages: true,
  });
  await registering.finish(15_000);
}

async function throughUs(context: CaseContext, pair: Pair): Promise<{ caller: SippCounts; callee: SippCounts }> {
  const { calls, perSecond, callers = 1, more = {}, transport = 'u1' } = pair;
  const calleeUser = await context.server.addUser();
  const callerUsers: User[] = [];
  for (let count = 0; count < callers; count += 1) callerUsers.push(await context.server.addUser());
  const traceMessages = calls <= 100;
  const port = await context.ports.take('sip');
  await registerAt(context, calleeUser, port);
  const callee = await context.sipp({ name: 'callee', port, scenario: pair.callee, calls, traceMessages, ...more });
  const caller = await context.sipp({
    name: 'caller',
    scenario: pair.caller,
    target: context.serverAddress(transport === 'u1' ? 'udp' : 'tcp'),
    users: callerUsers.map((user) => credentialsOf(user, calleeUser.extension)),
    calls,
    perSecond,
    transport,
    traceMessages,
    ...more,
  });
  const withinMs = (calls / perSecond) * 1000 + afterglowMs + (more.lostPercent === undefined ? 15_000 : 60_000);
  const counts = { caller: await finish(caller, callee, withinMs), callee: await callee.finish(withinMs) };
  expect(
    counts.caller.successful === calls,
    `${counts.caller.successful} of ${calls} calls went well\n${caller.report()}`,
  );
  expect(
    counts.callee.successful === calls,
    `the callee saw ${counts.callee.successful} of ${calls} calls\n${callee.report()}`,
  );
  return counts;
}

/** The caller's failure tells little without what the callee saw. */
async function finish(caller: Sipp, callee: Sipp, withinMs: number): Promise<SippCounts> {
  try {
    return await caller.finish(withinMs);
  } catch (error) {
    if (error instanceof Error) error.message += `\n${callee.report()}`;
    throw error;
  }
}

async function withLoss(context: CaseContext): Promise<void> {
  const { caller, callee } = await throughUs(context, {
    caller: 'callOverLoss',
    callee: 'answerOverLoss',
    calls: 100,
    perSecond: 10,
    more: { lostPercent: 5, args: ['-d', '1500'] },
  });
  const again = caller.retransmissions + callee.retransmissions;
  expect(again > 0, 'no retransmission at all: nothing was lost, so nothing was shown');
}

async function unregistered(context: CaseContext): Promise<void> {
  const caller = await context.server.addUser();
  const sipp = await context.sipp({
    name: 'caller',
    scenario: 'notFound',
    target: context.serverAddress('udp'),
    users: [credentialsOf(caller, '7999')],
    calls: 5,
    perSecond: 5,
    traceMessages: true,
  });
  const counts = await sipp.finish(20_000);
  await waitFor({ what: 'five refusals' }, () => counts.successful === 5);
}

const few = { calls: 20, perSecond: 10 };

export const cases: readonly InteropCase[] = [
  {
    name: 'sipp: 1,000 calls through us, each with digest, none fails',
    needs,
    servers,
    withinMs: 120_000,
    run: async (context) => {
      await throughUs(context, { caller: 'call', callee: 'answer', calls: 1_000, perSecond: 40, callers: 10 });
    },
  },
  {
    name: 'sipp: calls over tcp to a callee on udp',
    needs,
    servers,
    run: async (context) => {
      await throughUs(context, { caller: 'call', callee: 'answer', ...few, transport: 't1', more: {} });
    },
  },
  {
    name: 'sipp: 5% of the packets lost at both ends, every call succeeds',
    needs,
    servers,
    withinMs: 150_000,
    run: withLoss,
  },
  ...flows(servers, [
    ['the caller cancels', 'cancel', 'ringUntilCancelled'],
    ['the callee is busy', 'busy', 'beBusy'],
    ['the callee declines', 'declined', 'decline'],
    ['the callee hangs up', 'hungUpOn', 'hangUp'],
    ['re-INVITE to hold and back', 'hold', 'takeReinvites'],
  ]),
  // Each leg by itself, which no proxy can do.
  ...flows(
    ['ringdown'],
    [
      ['the caller demands 100rel, the callee knows nothing of it', 'demandsPrack', 'ringThenAnswer'],
      ['the callee rings with 100rel, the caller knows nothing of it', 'call', 'ringReliably'],
      ['100rel on both sides, the answer in the second provisional', 'sendsPracks', 'ringReliably'],
    ],
  ),
  {
    name: 'sipp: MESSAGE from phone to phone, with digest, carried by the proxy',
    needs,
    servers: ['ringdown'],
    run: async (context) => {
      await throughUs(context, { caller: 'message', callee: 'takeMessage', ...few });
    },
  },
  { name: 'sipp: a number that nobody has is 404', needs, servers, run: unregistered },
];

function flows(
  servers: NonNullable<InteropCase['servers']>,
  rows: readonly (readonly [title: string, caller: ScenarioName, callee: ScenarioName])[],
): InteropCase[] {
  return rows.map(([title, caller, callee]) => ({
    name: `sipp: ${title}`,
    needs,
    servers,
    run: async (context) => {
      await throughUs(context, { caller, callee, ...few });
    },
  }));
}
