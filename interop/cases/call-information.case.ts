/** What is said about a call and crosses it, as SIPp sees it on the far side; a forwarded call at a trunk; a ringing call picked up by Replaces (RFC 3891). */
import type { CaseContext, InteropCase } from '../case-context.ts';
import { expect, waitFor } from '../peers/wait.ts';
import { credentialsOf, registerAt } from './sipp.case.ts';

const withinMs = 20_000;

/** Session-ID, User-to-User, Alert-Info, History-Info and Subject there; Session-ID and User-to-User back; Reason in the BYE. */
async function crosses(context: CaseContext): Promise<void> {
  const [callerUser, calleeUser] = [await context.server.addUser(), await context.server.addUser()];
  const port = await context.ports.take('sip');
  await registerAt(context, calleeUser, port);
  const callee = await context.sipp({
    name: 'callee',
    port,
    scenario: 'takeInformation',
    calls: 1,
    traceMessages: true,
  });
  const caller = await context.sipp({
    name: 'caller',
    scenario: 'tellInformation',
    target: context.serverAddress('udp'),
    users: [credentialsOf(callerUser, calleeUser.extension)],
    calls: 1,
    traceMessages: true,
  });
  await caller.finish(withinMs);
  await callee.finish(withinMs);
  expect(!/X-Secret/.test(callee.messages()), 'a header of the caller that is no part of the call has crossed');
}

/** A number of ours that leads out by a trunk again: the trunk is told whose call it was. */
async function forwarded(context: CaseContext): Promise<void> {
  const port = await context.ports.take('sip');
  const inbound = { number: '+4978100', toTrunk: 'forwarding' };
  await context.trunk({ name: 'forwarding', prefix: '78', host: '127.0.0.1', port, inbound, isProbed: false });
  const far = await context.sipp({ name: 'far', port, scenario: 'takeDiverted', calls: 1, traceMessages: true });
  const outside = await context.sipp({
    name: 'outside',
    scenario: 'plainCall',
    target: context.serverAddress('udp'),
    users: ['+49301234;;+4978100;127.0.0.1'],
    calls: 1,
    traceMessages: true,
  });
  await outside.finish(withinMs);
  await far.finish(withinMs);
}

/** One phone rings; another of the same user takes the call by the name of the first one's dialog. */
async function pickedUp(context: CaseContext): Promise<void> {
  const [callerUser, user] = [await context.server.addUser(), await context.server.addUser()];
  const port = await context.ports.take('sip');
  await registerAt(context, user, port);
  const scenario = 'ringUntilAnsweredElsewhere';
  const ringing = await context.sipp({ name: 'ringing', port, scenario, calls: 1, traceMessages: true });
  const caller = await context.sipp({
    name: 'caller',
    scenario: 'call',
    target: context.serverAddress('udp'),
    users: [credentialsOf(callerUser, user.extension)],
    calls: 1,
    traceMessages: true,
  });
  const dialog = (): string | undefined => {
    const [, rang] = /(SIP\/2\.0 180 [\s\S]*?\r?\n\r?\n)/.exec(ringing.messages()) ?? [];
    const read = (pattern: RegExp) => pattern.exec(rang ?? '')?.[1];
    const [callId, from, to] = [
      read(/^Call-ID: *(\S+)/im),
      read(/^From:.*;tag=([^\s;]+)/im),
      read(/^To:.*;tag=([^\s;]+)/im),
    ];
    return callId === undefined || from === undefined || to === undefined
      ? undefined
      : `${callId};to-tag=${from};from-tag=${to};early-only`;
  };
  await waitFor({ what: 'the phone to ring', withinMs }, () => dialog() !== undefined);
  const picking = await context.sipp({
    name: 'picking',
    scenario: 'pickUp',
    target: context.serverAddress('udp'),
    users: [credentialsOf(user, user.extension)],
    keys: { replaces: dialog() ?? '' },
    calls: 1,
    traceMessages: true,
  });
  await caller.finish(withinMs);
  await picking.finish(withinMs);
  await ringing.finish(withinMs);
}

const needs = ['sipp'];

export const cases: readonly InteropCase[] = [
  { name: 'call information: what crosses, both ways', needs, run: crosses },
  { name: 'call information: a forwarded call tells a trunk by Diversion and History-Info', needs, run: forwarded },
  { name: 'call information: picked up by Replaces', needs, run: pickedUp },
];
