/**
 * One presence document of all that is known of a user (RFC 3856 §6.8; the composition is the server's own): what its phones published, whether any is registered, whether it is in a call.
 */
import type { Pidf, PidfTuple, XmlElement } from '@ringdown/sip';

export interface KnownPresence {
  readonly aor: string;
  readonly isRegistered: boolean;
  readonly isTalking: boolean;
  /** Oldest first. */
  readonly published: readonly Pidf[];
}

const dataModel = 'urn:ietf:params:xml:ns:pidf:data-model';
const rpid = 'urn:ietf:params:xml:ns:pidf:rpid';

/** The tuples of each document, under ids that do not meet; our own where nothing is published or a call is on. */
export function composePresence({ aor, isRegistered, isTalking, published }: KnownPresence): Pidf {
  const theirs = published.flatMap(({ tuples }, at) =>
    tuples.map((tuple) => ({ ...tuple, id: `p${at + 1}-${tuple.id}` })),
  );
  const own: PidfTuple = {
    id: 'ringdown',
    basic: isRegistered ? 'open' : 'closed',
    ...(isRegistered ? { contact: `sip:${aor}` } : {}),
    ...(isTalking ? { notes: ['On the phone'] } : {}),
  };
  return {
    entity: `sip:${aor}`,
    tuples: theirs.length === 0 || isTalking ? [own, ...theirs] : theirs,
    notes: published.flatMap(({ notes = [] }) => notes),
    extensions: [...(isTalking ? [onThePhone] : []), ...published.flatMap(({ extensions = [] }) => extensions)],
  };
}

/** RFC 4480 §3.2 in a person of RFC 4479. */
const onThePhone: XmlElement = {
  namespace: dataModel,
  name: 'person',
  attributes: [{ namespace: '', name: 'id', value: 'ringdown-person' }],
  children: [
    {
      namespace: rpid,
      name: 'activities',
      attributes: [],
      children: [{ namespace: rpid, name: 'on-the-phone', attributes: [], children: [] }],
    },
  ],
};
