/** Two phones on one network, and one phone before a peer that the test plays by hand. */
import { buildResponse, type InviteOptions, type ServerTransaction } from '@ringdown/sip';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { VirtualAgent } from './virtual-agent.ts';
import type { LinkSettings } from './virtual-link.ts';
import { VirtualNetwork } from './virtual-network.ts';
import { VirtualPhone, type VirtualPhoneOptions } from './virtual-phone.ts';

export interface PhoneSceneOptions {
  readonly seed?: number;
  readonly link?: Partial<LinkSettings>;
  readonly a?: VirtualPhoneOptions;
  readonly b?: VirtualPhoneOptions;
  readonly call?: Partial<InviteOptions>;
}

export interface PhoneScene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly a: VirtualPhone;
  readonly b: VirtualPhone;
}

export function twoPhones(options: PhoneSceneOptions = {}): PhoneScene {
  const { seed = 7, link } = options;
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed, ...(link === undefined ? {} : { link }) });
  const a = new VirtualPhone(network, 'a', '192.0.2.1', { seed, ...options.a });
  const b = new VirtualPhone(network, 'b', '192.0.2.2', { seed, ...options.b });
  return { clock, network, a, b };
}

/** `a` has called `b`, and both have said all there is to say. */
export function connectedPhones(options: PhoneSceneOptions = {}): PhoneScene {
  const scene = twoPhones(options);
  scene.a.call(scene.b, options.call);
  scene.clock.advance(1000);
  if (scene.a.session?.phase !== 'confirmed' || scene.b.session?.phase !== 'confirmed')
    throw new SceneError('the call did not come about');
  return scene;
}

/** Thrown when a scene does not stand as its name says. */
export class SceneError extends Error {
  readonly code = 'scene';
}

export interface FarScene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly a: VirtualPhone;
  readonly far: VirtualAgent;
}

/** A phone, and a peer that answers all but INVITE with 200. */
export function phoneAndFar(options: VirtualPhoneOptions = {}): FarScene {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const a = new VirtualPhone(network, 'a', '192.0.2.1', options);
  const far = new VirtualAgent(network, 'far', '192.0.2.9');
  far.answer = (transaction) => {
    if (transaction.method !== 'INVITE') transaction.respond(buildResponse(transaction.request, 200));
  };
  return { clock, network, a, far };
}

/** A response of a peer that the test plays: `tag` is its To-tag and the user of its Contact. */
export function respondAs(
  transaction: ServerTransaction,
  status: number,
  tag: string,
  parts: { readonly headers?: readonly (readonly [string, string])[]; readonly body?: string } = {},
): void {
  const { headers = [], body } = parts;
  const contact = headers.some(([name]) => name === 'Contact') ? [] : [['Contact', `<sip:${tag}@192.0.2.9>`] as const];
  const type = body === undefined ? [] : [['Content-Type', 'application/sdp'] as const];
  transaction.respond(
    buildResponse(transaction.request, status, { toTag: tag, headers: [...contact, ...headers, ...type], body }),
  );
}
