/** URIs and targets of the edge: where a URI with an IP address leads to, where a trunk is, what we are called on a flow. */
import { escapeUser, type Flow, formatHost, parseUri, quote, type Target, transportParam } from '@ringdown/sip';
import { anonymousParty, type Party } from '#engine/calls';
import type { TrunkRecord } from '#services/trunks';

/** What the address of ours is that a peer reaches us by. */
export function ownHost(flow: Flow): string {
  return flow.advertised.host.replace(/^\[|\]$/g, '');
}

/** Host and port as they stand in URIs towards a trunk. */
export function trunkAuthority({ body: { host, port } }: TrunkRecord): string {
  return `${formatHost(host)}${port === 0 ? '' : `:${port}`}`;
}

/** What is looked up for a trunk: its transport is said, so that DNS does not choose another. */
export function trunkServer(trunk: TrunkRecord): string {
  return `sip:${trunkAuthority(trunk)};transport=${trunk.body.transport}`;
}

export function trunkTransport(trunk: TrunkRecord): string {
  return transportParam(trunk.body.transport);
}

export function hostOf(text: string): string {
  const uri = parseUri(text);
  return uri.kind === 'sip' ? uri.host.toLowerCase() : '';
}

/** The target of a URI whose host is an IP address. */
export function literalTarget(text: string): Target | undefined {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') return undefined;
  const address = uri.host.replace(/^\[|\]$/g, '');
  const family = /^\d+\.\d+\.\d+\.\d+$/.test(address) ? 4 : address.includes(':') ? 6 : undefined;
  if (family === undefined) return undefined;
  const named = uri.params.get('transport')?.toLowerCase();
  // RFC 3261 §26.2.2: SIPS is TLS, whatever else it says.
  const kind = uri.scheme === 'sips' ? 'tls' : named === 'tcp' || named === 'tls' ? named : 'udp';
  return { kind, remote: { family, address, port: uri.port ?? (kind === 'tls' ? 5061 : 5060) } };
}

export function contactUri(flow: Flow): string {
  const { host, port } = flow.advertised;
  return `sip:${formatHost(host)}:${port}${transportParam(flow.kind)}`;
}

/** @param place what stands in addresses towards this peer. Who hides is nobody of that place either (RFC 3323 §4.1.1.3). */
export function fromHost({ host }: Party, place: string | undefined): string {
  return host === anonymousParty.host ? host : (place ?? host);
}

export function formatParty(party: Party, host: string, flow: Flow): string {
  const name = party.displayName === '' ? '' : `${quote(party.displayName)} `;
  const place = host === '' ? formatHost(flow.advertised.host) : host;
  return `${name}<sip:${party.user === '' ? 'anonymous' : escapeUser(party.user)}@${place}>`;
}
