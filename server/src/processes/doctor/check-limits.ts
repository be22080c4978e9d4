/** How many files the processes may open: each call with media needs four ports. */
import type { BootstrapConfig } from '#base/config';
import { type Finding, failure, ok, warning } from './finding.ts';

const check = 'limits';
/** Connections, files, pipes. */
const besideMedia = 500;
const portsPerCall = 4;

/** @param limits the text of /proc/self/limits. */
export function checkLimits(limits: string, { media }: Pick<BootstrapConfig, 'media'>): Finding[] {
  const [, softText, hardText] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits) ?? [];
  if (softText === undefined || hardText === undefined) return [];
  const [soft, hard] = [softText, hardText].map((text) => (text === 'unlimited' ? Infinity : Number(text)));
  const ports = media.portMax - media.portMin + 1;
  const needed = Math.ceil(ports / media.processes) + besideMedia;
  const calls = Math.max(0, Math.floor(((Math.min(soft ?? 0, needed) - besideMedia) * media.processes) / portsPerCall));
  if ((soft ?? 0) >= needed)
    return [ok(check, `${softText} open files for each process, enough for all ${ports} media ports`)];
  const what = `${softText} open files for each process: about ${calls} calls, though the media ports would do for ${Math.floor(ports / portsPerCall)}`;
  const advice = `Raise it (ulimit -n ${needed}, or LimitNOFILE=${needed}); the hard limit is ${hardText}.`;
  return [
    calls < 20
      ? failure(check, what, advice)
      : warning(check, what, (hard ?? 0) < needed ? `${advice} That one must be raised too.` : advice),
  ];
}
