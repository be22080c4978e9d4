/** Presence of a user, the package `presence` (RFC 3856): a whole document each time. */
import { formatPidf, pidfType } from '@ringdown/sip';
import type { Presence } from '#services/presence';
import { composePresence } from './compose-presence.ts';
import { type EventPackage, type OpenView, policyOf, type View } from './event-package.ts';
import type { Publishing } from './publishing.ts';

export function presencePackage(presence: Presence, publishing: Publishing): EventPackage {
  return {
    policy: policyOf(pidfType),
    aspect: 'presence',
    // RFC 3856 §6.10.
    paceMs: 5_000,
    open: (options) => presenceView({ presence, publishing, ...options }),
  };
}

type Seen = OpenView & { readonly presence: Presence; readonly publishing: Publishing };

function presenceView({ presence, publishing, watched, changed }: Seen): View {
  const { tenant, user, aor } = watched;
  const isTalking = () => presence.lamps.dialogsOf(tenant, user).some(({ phase }) => phase === 'confirmed');
  let wasTalking = false;
  const stops = [
    presence.lamps.watch(tenant, user, () => {
      if (isTalking() !== wasTalking) changed();
    }),
    presence.watchRegistrations(watched, changed),
    publishing.watch(watched, changed),
  ];
  return {
    compose() {
      wasTalking = isTalking();
      const isRegistered = presence.registrations(watched).length > 0;
      const published = publishing.of(watched);
      const bytes = formatPidf(composePresence({ aor, isRegistered, isTalking: wasTalking, published }));
      return { type: pidfType, bytes };
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}
