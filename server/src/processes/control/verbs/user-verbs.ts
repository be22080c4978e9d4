/** Admin verbs of the directory: users with their phones, and numbers. */
import type { ChallengePolicy, Destination, PickUp, Reliability, Watching } from '#services/directory';
import type { Truth } from '../truth.ts';
import { headerRulesOf, isYes, mediaOf, optionalText, text } from './argument.ts';
import { notFound, onlyTenant, operatorOf, trunkNamed, userNamed } from './by-name.ts';
import type { VerbRows } from './verb-rows.ts';

export function userVerbs(truth: Truth): VerbRows {
  const { directory } = truth;
  return [
    ['user.list', () => directory.listUsers(onlyTenant(truth))],
    [
      'user.add',
      async (args) => {
        const displayName = optionalText(args, 'name');
        const input = { extension: text(args, 'extension'), ...(displayName === undefined ? {} : { displayName }) };
        return directory.createUser(operatorOf(truth), input);
      },
    ],
    [
      'user.show',
      (args) => {
        const user = userNamed(truth, text(args, 'extension'));
        const found = directory.listUsers(onlyTenant(truth)).find((one) => one.user === user);
        const addresses = directory.views.addressesOf(onlyTenant(truth), user);
        const registered = addresses.flatMap((aor) =>
          truth.registrar.lookup(onlyTenant(truth), aor).map(({ contact, userAgent, instance, regId }) => ({
            ...{ aor, contact, userAgent },
            ...(instance === '' ? {} : { instance }),
            ...(regId === 0 ? {} : { regId }),
          })),
        );
        return { ...found, registered };
      },
    ],
    ['user.delete', async (args) => directory.deleteUser(operatorOf(truth), userNamed(truth, text(args, 'extension')))],
    [
      'user.set',
      async (args) => {
        const extension = text(args, 'extension');
        const user = userNamed(truth, extension);
        const username = optionalText(args, 'device');
        const devices = directory.listUsers(onlyTenant(truth)).find((one) => one.user === user)?.devices ?? [];
        const device = username === undefined ? devices[0] : devices.find((one) => one.username === username);
        if (device === undefined) throw notFound(`device of user ${extension}:`, username ?? 'any');
        const codecs = optionalText(args, 'codecs');
        const challenge = optionalText(args, 'challenge');
        const media = mediaOf(args);
        const reliability = optionalText(args, 'reliability');
        const asserted = optionalText(args, 'assertedIdentity');
        const registersOthers = optionalText(args, 'registersOthers');
        await directory.updateDevice(operatorOf(truth), {
          device: device.device,
          ...(codecs === undefined ? {} : { codecs: codecs === 'default' ? [] : codecs.toUpperCase().split(',') }),
          ...(challenge === undefined ? {} : { challenge: challenge as ChallengePolicy }),
          ...(media === undefined ? {} : { media }),
          ...(reliability === undefined ? {} : { reliability: reliability as Reliability }),
          ...(asserted === undefined ? {} : { assertedIdentity: isYes('asserted-identity', asserted) }),
          ...(registersOthers === undefined ? {} : { registersOthers: registersOthers === 'yes' }),
          ...headerRulesOf(args),
        });
        return directory.listUsers(onlyTenant(truth)).find((one) => one.user === user);
      },
    ],
    [
      'user.reset',
      async (args) => {
        const user = userNamed(truth, text(args, 'extension'));
        const device = directory.listUsers(onlyTenant(truth)).find((one) => one.user === user)?.devices[0];
        if (device === undefined) throw notFound('device of user', text(args, 'extension'));
        return directory.resetDevicePassword(operatorOf(truth), { device: device.device });
      },
    ],
  ];
}

export function tenantVerbs(truth: Truth): VerbRows {
  const { directory } = truth;
  const show = () => {
    const tenant = directory.views.tenant(onlyTenant(truth));
    const domains = directory.views.domains(onlyTenant(truth)).map(({ body }) => body.name);
    const { name, media = 'relay', pickUp = 'own', watching = 'tenant' } = tenant?.body ?? {};
    const { alertInternal = '', alertExternal = '' } = tenant?.body ?? {};
    return { name, domains, media, pickUp, watching, alertInternal, alertExternal };
  };
  return [
    ['tenant.show', show],
    [
      'tenant.set',
      async (args) => {
        const media = mediaOf(args);
        const pickUp = optionalText(args, 'pickUp');
        const watching = optionalText(args, 'watching');
        await directory.updateTenant(operatorOf(truth), {
          ...(media === undefined ? {} : { media: media ?? 'relay' }),
          ...(pickUp === undefined ? {} : { pickUp: pickUp as PickUp }),
          ...(watching === undefined ? {} : { watching: watching as Watching }),
          ...(typeof args.alertInternal === 'string' ? { alertInternal: args.alertInternal } : {}),
          ...(typeof args.alertExternal === 'string' ? { alertExternal: args.alertExternal } : {}),
        });
        return show();
      },
    ],
  ];
}

export function numberVerbs(truth: Truth): VerbRows {
  const { directory } = truth;
  return [
    ['number.list', () => directory.views.numbers(onlyTenant(truth)).map(({ body }) => body)],
    [
      'number.add',
      async (args) => {
        const user = optionalText(args, 'user');
        const trunk = optionalText(args, 'trunk');
        const destination: Destination =
          user === undefined
            ? { to: 'trunk', trunk: trunkNamed(truth, trunk ?? '') }
            : { to: 'user', user: userNamed(truth, user) };
        const kind = args.external === true ? ({ kind: 'external' } as const) : {};
        return directory.addNumber(operatorOf(truth), {
          digits: text(args, 'digits'),
          destination,
          ...kind,
          forwardsOutside: args.forwardOutside === true,
        });
      },
    ],
    ['number.delete', (args) => directory.removeNumber(operatorOf(truth), text(args, 'digits'))],
  ];
}
