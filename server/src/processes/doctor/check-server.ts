/** What the running server says of itself: its media processes, how they do packets, whether its thread keeps up. */
import type { BootstrapConfig } from '#base/config';
import { type Finding, failure, ok, warning } from './finding.ts';

/** Of the admin verb `status`, as far as it is looked at; anything may be missing in another version's answer. */
export interface ServerStatus {
  readonly config?: BootstrapConfig;
  readonly calls?: number;
  readonly media?: readonly (MediaHello | null)[];
  readonly sipDatagrams?: { readonly by: 'system-calls' | 'dgram'; readonly why: string | null };
  readonly eventLoopDelay?: { readonly p99Ms: number; readonly maxMs: number };
}

export interface MediaHello {
  readonly ioKind?: string;
  readonly capabilities?: readonly string[];
}

export function checkServer(status: ServerStatus | null): Finding[] {
  if (status === null) return [ok('server', 'not running: what only a running server knows was not checked')];
  const findings = [ok('server', `running, ${status.calls ?? 0} calls up`)];
  findings.push(
    ...checkDatagrams(status.sipDatagrams),
    ...checkMarks(status.config?.sip.dscp ?? 0, status.sipDatagrams),
  );
  const media = status.media ?? [];
  const gatherMs = status.config?.media.gatherMs ?? 0;
  media.forEach((hello, index) => void findings.push(...checkMedia(hello, index, gatherMs)));
  const delay = status.eventLoopDelay;
  if (delay !== undefined) {
    const what = `signalling thread: event-loop delay p99 ${delay.p99Ms.toFixed(1)} ms, longest ${delay.maxMs.toFixed(0)} ms`;
    findings.push(
      delay.p99Ms > 20
        ? warning('load', what, 'It does not keep up: fewer calls, or a faster processor.')
        : ok('load', what),
    );
  }
  return findings;
}

function checkDatagrams(datagrams: ServerStatus['sipDatagrams']): Finding[] {
  if (datagrams === undefined) return [];
  const { by, why } = datagrams;
  const what =
    by === 'dgram' ? `SIP datagrams by node:dgram${why === null ? '' : `: ${why}`}` : 'SIP datagrams by system calls';
  return [ok('signalling', what)];
}

/** node:dgram and node:net have no call for it; datagrams by system calls over IPv4 are marked. */
function checkMarks(dscp: number, datagrams: ServerStatus['sipDatagrams']): Finding[] {
  if (dscp === 0) return [];
  const which = datagrams?.by === 'system-calls' ? 'over TCP, TLS and IPv6 ' : '';
  return [
    warning(
      'signalling',
      `signalling packets ${which}cannot be marked (DSCP ${dscp}): the sockets of Node have no call for it`,
      'Where the network gives priority by DSCP, mark the SIP ports in the firewall; sip.dscp: 0 silences this.',
    ),
  ];
}

function checkMedia(hello: MediaHello | null, index: number, gatherMs: number): Finding[] {
  if (hello === null)
    return [
      failure('media', `media process ${index} is not reachable`, `Look at log/media-${index}.log in the data folder.`),
    ];
  const gathers = hello.ioKind === 'io_uring' || hello.ioKind === 'epoll';
  const gathered = gathers && gatherMs > 0 ? `, gathered for up to ${gatherMs} ms under load` : '';
  const found = [ok('media', `media process ${index}: packets by ${hello.ioKind ?? 'an unknown way'}${gathered}`)];
  if (hello.capabilities !== undefined && !hello.capabilities.includes('dscp'))
    found.push(
      warning(
        'media',
        `media process ${index} cannot mark packets (DSCP): ${hello.ioKind ?? 'its I/O'} has no call for it`,
        'Where the network gives priority by DSCP, mark the media ports in the firewall.',
      ),
    );
  return found;
}
