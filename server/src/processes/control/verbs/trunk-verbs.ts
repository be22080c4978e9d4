/** Admin verbs of trunks. */
import type { Truth } from '../truth.ts';
import { optionalText, text } from './argument.ts';
import { onlyTenant, operatorOf } from './by-name.ts';
import type { VerbRows } from './verb-rows.ts';

export function trunkVerbs(truth: Truth): VerbRows {
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
        const actor = operatorOf(truth);
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
