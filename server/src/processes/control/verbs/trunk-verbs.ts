/** Admin verbs of trunks. */
import type { TrunkDraft, TrunkRecord, TrunkReport, TrunkTls } from '#services/trunks';
import type { Truth } from '../truth.ts';
import { type Args, mediaOf, optionalText, text } from './argument.ts';
import { notFound, onlyTenant, operatorOf, trunkNamed } from './by-name.ts';
import type { VerbOptions } from './verb-options.ts';
import type { VerbRows } from './verb-rows.ts';

export function trunkVerbs({ truth, telephony }: Pick<VerbOptions, 'truth' | 'telephony'>): VerbRows {
  const { trunks } = truth;
  const viewOf = (record: TrunkRecord) => viewWith(record, telephony.trunkReport(record));
  return [
    ['trunk.list', () => trunks.views.trunks(onlyTenant(truth)).map(viewOf)],
    ['trunk.show', (args) => viewOf(recordOf(truth, text(args, 'name')))],
    ['trunk.delete', (args) => trunks.removeTrunk(operatorOf(truth), trunkNamed(truth, text(args, 'name')))],
    [
      'trunk.set',
      async (args) => {
        const trunk = trunkNamed(truth, text(args, 'name'));
        await trunks.updateTrunk(operatorOf(truth), { trunk, ...settingsOf(args) });
        return viewOf(recordOf(truth, text(args, 'name')));
      },
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
          ...settingsOf(args),
          ...(args.register === true ? { registration: { aor: `${username ?? ''}@${host}`, expiresSec: 300 } } : {}),
        });
        const prefix = optionalText(args, 'prefix');
        if (prefix !== undefined) await trunks.addRoute(actor, { trunk, prefix });
        return { trunk };
      },
    ],
  ];
}

function recordOf(truth: Truth, name: string): TrunkRecord {
  const record = truth.trunks.views.findByName(onlyTenant(truth), name);
  if (record === undefined) throw notFound('trunk', name);
  return record;
}

function viewWith({ id, body }: TrunkRecord, { status, sinceUtcMs, registration, trouble }: TrunkReport) {
  const health = { status, since: new Date(sinceUtcMs).toISOString(), registered: registration, trouble };
  return { id, ...body, password: body.password === null ? null : '(sealed)', ...health };
}

/** What is checked further is checked by the service. */
function settingsOf(args: Args): Partial<TrunkDraft> {
  const transport = optionalText(args, 'transport');
  const codecs = optionalText(args, 'codecs');
  const challenge = optionalText(args, 'challenge');
  const media = mediaOf(args);
  const reliability = optionalText(args, 'reliability');
  return {
    ...(transport === undefined ? {} : { transport: transport as TrunkDraft['transport'] & string }),
    tls: tlsOf(args),
    ...(codecs === undefined ? {} : { codecs: codecs.toUpperCase().split(',') }),
    ...(challenge === undefined ? {} : { challenge: challenge as TrunkDraft['challenge'] & string }),
    ...(media === undefined ? {} : { media }),
    ...(reliability === undefined ? {} : { reliability: reliability as TrunkDraft['reliability'] & string }),
    ...(typeof args.mayTransfer === 'boolean' ? { mayTransfer: args.mayTransfer } : {}),
    ...(args.tcpFallback === false ? { tcpFallback: false } : {}),
    ...(typeof args.channels === 'number' ? { channelLimit: args.channels } : {}),
    ...(typeof args.optionsSec === 'number' ? { optionsSec: args.optionsSec } : {}),
  };
}

function tlsOf(args: Args): TrunkTls {
  const caPem = optionalText(args, 'caPem');
  const pin = optionalText(args, 'pin');
  const more = {
    ...(args.mutualTls === true ? { mutual: true } : {}),
    ...(args.wildcards === true ? { wildcards: true } : {}),
  };
  if (pin !== undefined) return { verify: 'pin', sha256: pin, ...more };
  return caPem === undefined ? { verify: 'chain', ...more } : { verify: 'ca', caPem, ...more };
}
