/** What the operator reads after the first start: exactly what to type into a phone, what to call, where things are. */
import { type FirstStart, fallbackDomain } from './first-start.ts';

export interface FirstStartPlaces {
  /** What phones type as server: an address or a name. */
  readonly server: string;
  /** 0: not listening. */
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly tlsPort: number;
  /** Where the console will be. */
  readonly consoleUrl: string;
  readonly dataFolder: string;
  /** For phones that shall trust our TLS. */
  readonly caFile: string;
}

export function formatFirstStart(first: FirstStart, places: FirstStartPlaces): string {
  const host = places.server.includes(':') ? `[${places.server}]` : places.server;
  const domain = first.domain === fallbackDomain ? host : first.domain;
  const lines = [
    'Ringdown is set up. Type this into your phones; each password is shown only now.',
    '',
    ...first.users.flatMap((user) => userLines(user, domain, host)),
    `  Transport   ${transports(places)}`,
    ...(places.tlsPort > 0 ? [`  For TLS     let the phone trust ${places.caFile}`] : []),
    '',
    '  Call 100 from 101, or test alone:',
    ...first.numbers.map(({ digits, label }) => `    ${digits.join(' or ').padEnd(12)}${label}`),
    '',
    `  Console     ${places.consoleUrl} (here the web console will be; health and metrics are there now)`,
    `  Data        ${places.dataFolder}`,
    '',
  ];
  return lines.join('\n');
}

function userLines(user: FirstStart['users'][number], domain: string, host: string): readonly string[] {
  const password = user.password ?? `(shown before; for a new one: ringdown user reset ${user.extension})`;
  const server = domain === host ? [] : [`    Server    ${host}`];
  return [
    `  Phone ${user.extension}`,
    `    User      ${user.username}`,
    `    Password  ${password}`,
    `    Domain    ${domain}`,
    ...server,
    `    Address   sip:${user.username}@${domain}`,
    '',
  ];
}

function transports({ udpPort, tcpPort, tlsPort }: FirstStartPlaces): string {
  const all = [
    ['UDP', udpPort],
    ['TCP', tcpPort],
    ['TLS', tlsPort],
  ] as const;
  const open = all.filter(([, port]) => port > 0).map(([name, port]) => `${name} port ${port}`);
  return open.length === 0 ? 'none: every SIP port is switched off' : open.join(', or ');
}
