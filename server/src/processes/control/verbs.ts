/** The admin verbs over this process's services: what the command line asks for. */
import { AppError } from '#base/errors';
import type { TenantId, UserId } from '#base/ids';
import { endCause } from '#engine/calls';
import type { AdminVerb } from '#faces/admin-socket';
import type { Destination } from '#services/directory';
import type { Telephony } from './telephony.ts';
import type { Truth } from './truth.ts';

export interface VerbOptions {
  readonly truth: Truth;
  readonly telephony: Telephony;
}

type Args = Readonly<Record<string, unknown>>;
const author = 'cli';

export function areaVerbs({ truth, telephony }: VerbOptions): [string, AdminVerb][] {
  return [...userVerbs(truth), ...trunkVerbs(truth), ...callVerbs(telephony)];
}

function userVerbs(truth: Truth): [string, AdminVerb][] {
  const { directory } = truth;
  return [
    ['user.list', () => directory.listUsers(onlyTenant(truth))],
    [
      'user.add',
      async (args) => {
        const displayName = optionalText(args, 'name');
        const input = { extension: text(args, 'extension'), ...(displayName === undefined ? {} : { displayName }) };
        return directory.createUser({ tenant: onlyTenant(truth), author }, input);
      },
    ],
    [
      'user.delete',
      async (args) =>
        directory.deleteUser({ tenant: onlyTenant(truth), author }, userOf(truth, text(args, 'extension'))),
    ],
    [
      'user.reset',
      async (args) => {
        const user = userOf(truth, text(args, 'extension'));
        const device = directory.listUsers(onlyTenant(truth)).find((one) => one.user === user)?.devices[0];
        if (device === undefined) throw unknown('device of user', text(args, 'extension'));
        return directory.resetDevicePassword({ tenant: onlyTenant(truth), author }, { device: device.device });
      },
    ],
    ['number.list', () => directory.views.numbers(onlyTenant(truth)).map(({ body }) => body)],
    [
      'number.add',
      async (args) => {
        const user = optionalText(args, 'user');
        const trunk = optionalText(args, 'trunk');
        const destination: Destination =
          user === undefined
            ? { to: 'trunk', trunk: trunkOf(truth, trunk ?? '') }
            : { to: 'user', user: userOf(truth, user) };
        const kind = args.external === true ? ({ kind: 'external' } as const) : {};
        return directory.addNumber(
          { tenant: onlyTenant(truth), author },
          { digits: text(args, 'digits'), destination, ...kind },
        );
      },
    ],
  ];
}

function trunkVerbs(truth: Truth): [string, AdminVerb][] {
  const { trunks } = truth;
  return [
    [
      'trunk.list',
      () =>
        trunks.views
          .trunks(onlyTenant(truth))
          .map(({ id, body }) => ({ id, ...body, password: body.password === null ? null : '(sealed)' })),
    ],
    [
      'trunk.add',
      async (args) => {
        const actor = { tenant: onlyTenant(truth), author };
        const username = optionalText(args, 'username');
        const password = optionalText(args, 'password');
        const host = text(args, 'host');
        const trunk = await trunks.addTrunk(actor, {
          name: text(args, 'name'),
          host,
          ...(typeof args.port === 'number' ? { port: args.port } : {}),
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
          ...(args.register === true ? { registration: { aor: `${username ?? ''}@${host}`, expiresSec: 300 } } : {}),
        });
        const prefix = optionalText(args, 'prefix');
        if (prefix !== undefined) await trunks.addRoute(actor, { trunk, prefix });
        return { trunk };
      },
    ],
  ];
}

function callVerbs(telephony: Telephony): [string, AdminVerb][] {
  return [
    [
      'calls.list',
      () =>
        [...telephony.engine.calls()].map(({ callId, from, to, phase, createdUtcMs, legs }) => ({
          callId,
          from: from.user,
          to: to.user,
          phase,
          createdUtcMs,
          legs: legs.map((leg) => ({
            legId: leg.legId,
            party: leg.party.user,
            phase: leg.phase,
            codec: leg.media.codec,
            quality: leg.quality,
          })),
        })),
    ],
    [
      'calls.hangup',
      (args) => telephony.hangUp(text(args, 'call'), endCause('normal-clearing', { detail: 'ended by the operator' })),
    ],
    ['status', () => ({ pid: process.pid, calls: telephony.callCount, media: telephony.media.hellos() })],
  ];
}

function onlyTenant(truth: Truth): TenantId {
  const tenant = truth.firstStart?.tenant ?? truth.directory.views.tenants()[0]?.tenant;
  if (tenant === undefined) throw unknown('tenant', 'the first');
  return tenant;
}

function userOf(truth: Truth, extension: string): UserId {
  const user = truth.directory.views.findUser(onlyTenant(truth), extension);
  if (user === undefined) throw unknown('user', extension);
  return user.id as UserId;
}

function trunkOf(truth: Truth, name: string) {
  const trunk = truth.trunks.views.findByName(onlyTenant(truth), name);
  if (trunk === undefined) throw unknown('trunk', name);
  return trunk.id as Extract<Destination, { to: 'trunk' }>['trunk'];
}

function unknown(what: string, name: string): AppError {
  return new AppError({
    code: 'admin.not-found',
    fault: 'caller',
    retry: 'never',
    message: `There is no ${what} "${name}".`,
  });
}

function optionalText(args: Args, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' ? value : undefined;
}

function text(args: Args, name: string): string {
  const value = optionalText(args, name);
  if (value !== undefined && value !== '') return value;
  throw new AppError({
    code: 'admin.argument-missing',
    fault: 'caller',
    retry: 'never',
    message: `"${name}" is missing.`,
  });
}
