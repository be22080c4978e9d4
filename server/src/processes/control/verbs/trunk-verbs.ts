/** Admin verbs of trunks. */
import type { TrunkId } from '#base/ids';
import { formatHeaderRule } from '#services/directory';
import {
  type TrunkCallerId,
  type TrunkDraft,
  type TrunkRecord,
  type TrunkReport,
  type TrunkTls,
  usualCallerId,
} from '#services/trunks';
import type { Truth } from '../truth.ts';
import { type Args, headerRulesOf, isYes, mediaOf, optionalText, text } from './argument.ts';
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
        const { id, body } = recordOf(truth, text(args, 'name'));
        const changed = { ...settingsOf(args), ...callerIdOf(args, body.callerId) };
        await trunks.updateTrunk(operatorOf(truth), { trunk: id as TrunkId, ...changed });
        return viewOf(recordOf(truth, text(args, 'name')));
      },
    ],
    [
      'trunk.add',
      async (args) => {
        const actor = operatorOf(truth);
        const username = optionalText(args, 'username');
        const password = optionalText(args, 'password');
        const registersAs = optionalText(args, 'registersAs');
        const host = optionalText(args, 'host') ?? registersAs?.split('@')[1] ?? text(args, 'host');
        const trunk = await trunks.addTrunk(actor, {
          name: text(args, 'name'),
          host,
          ...(typeof args.port === 'number' ? { port: args.port } : {}),
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
          // Who comes from anywhere proves who it is.
          ...(registersAs === undefined ? {} : { registersAs, challenge: 'md5' as const }),
          ...settingsOf(args),
          ...callerIdOf(args),
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
  return {
    id,
    ...body,
    callerId: body.callerId ?? usualCallerId,
    password: body.password === null ? null : '(sealed)',
    headerRules: (body.headerRules ?? []).map(formatHeaderRule),
    ...health,
  };
}

/** What is checked further is checked by the service. */
function settingsOf(args: Args): Partial<TrunkDraft> {
  const transport = optionalText(args, 'transport');
  const codecs = optionalText(args, 'codecs');
  const challenge = optionalText(args, 'challenge');
  const media = mediaOf(args);
  const reliability = optionalText(args, 'reliability');
  const history = optionalText(args, 'history');
  const alert = optionalText(args, 'alert');
  return {
    ...(transport === undefined ? {} : { transport: transport as TrunkDraft['transport'] & string }),
    ...tlsOf(args),
    ...(codecs === undefined ? {} : { codecs: codecs.toUpperCase().split(',') }),
    ...(challenge === undefined ? {} : { challenge: challenge as TrunkDraft['challenge'] & string }),
    ...(media === undefined ? {} : { media }),
    ...(reliability === undefined ? {} : { reliability: reliability as TrunkDraft['reliability'] & string }),
    ...(typeof args.mayTransfer === 'boolean' ? { mayTransfer: args.mayTransfer } : {}),
    ...(history === undefined ? {} : { history: history as TrunkDraft['history'] & string }),
    ...(alert === undefined ? {} : { alert }),
    ...headerRulesOf(args),
    ...(args.tcpFallback === false ? { tcpFallback: false } : {}),
    ...(typeof args.channels === 'number' ? { channelLimit: args.channels } : {}),
    ...(typeof args.optionsSec === 'number' ? { optionsSec: args.optionsSec } : {}),
  };
}

/** Nothing where nothing is said of it: what is not given stays. */
function callerIdOf(args: Args, before = usualCallerId): Pick<TrunkDraft, 'callerId'> {
  const trusted = optionalText(args, 'trusted');
  const [from, to] = [optionalText(args, 'callerFrom'), optionalText(args, 'callerTo')];
  const [format, mainNumber] = [optionalText(args, 'callerFormat'), optionalText(args, 'mainNumber')];
  if ([trusted, from, to, format, mainNumber].every((value) => value === undefined)) return {};
  const callerId = {
    ...before,
    ...(trusted === undefined ? {} : { trusted: isYes('trusted', trusted) }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(format === undefined ? {} : { format }),
    ...(mainNumber === undefined ? {} : { mainNumber: mainNumber === 'none' ? '' : mainNumber }),
  };
  return { callerId: callerId as TrunkCallerId };
}

/** Nothing where nothing is said of it: what is not given stays. */
function tlsOf(args: Args): { readonly tls?: TrunkTls } {
  const caPem = optionalText(args, 'caPem');
  const pin = optionalText(args, 'pin');
  if (caPem === undefined && pin === undefined && args.mutualTls !== true && args.wildcards !== true) return {};
  const more = {
    ...(args.mutualTls === true ? { mutual: true } : {}),
    ...(args.wildcards === true ? { wildcards: true } : {}),
  };
  if (pin !== undefined) return { tls: { verify: 'pin', sha256: pin, ...more } };
  if (caPem !== undefined) return { tls: { verify: 'ca', caPem, ...more } };
  return Object.keys(more).length === 0 ? {} : { tls: { verify: 'chain', ...more } };
}
