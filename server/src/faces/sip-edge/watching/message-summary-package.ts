/** Waiting messages of one's own mailbox: the package `message-summary` (RFC 3842). */
import { formatMessageSummary, messageSummaryType } from '@ringdown/sip';
import type { Presence } from '#services/presence';
import { type EventPackage, policyOf } from './event-package.ts';

export function messageSummaryPackage(presence: Presence): EventPackage {
  return {
    policy: policyOf(messageSummaryType),
    aspect: 'message-summary',
    paceMs: 5_000,
    open: ({ watched }) => ({
      compose() {
        const voice = presence.messages(watched);
        const account = `sip:${watched.aor}`;
        const bytes = formatMessageSummary({ isWaiting: voice.new > 0, account, counts: { voice } });
        return { type: messageSummaryType, bytes };
      },
      stop() {},
    }),
  };
}
