/**
 * Why a call failed, whose fault it was and what to do, in a sentence or two for whoever must act. What the messages prove goes before the
 * cause that the call ended with: a phone that gave up at a challenge never made a call at all.
 */

import { printable } from '#base/printable';
import type { CdrSummary } from '#services/cdr';
import { type Advice, adviceFor, causeOfRefusal } from './cause-advice.ts';
import { type ChallengeEvidence, type Evidence, gatherEvidence, type SeenFailure } from './evidence.ts';
import type { TracedCall } from './trace-entry.ts';

export interface Explanation {
  /** Stable: `md5-only-phone`, `no-credentials`, `wrong-password`, `tls-failure`, an end cause, or `nothing-failed`. */
  readonly code: string;
  readonly faultOf: string;
  /** The whole: why, whose fault, what to do. */
  readonly text: string;
}

/** Said of a call that is or was direct. */
export const directText =
  'Its media went straight from party to party: no sound passed this server, which has no figures of its quality.';

/** @param cdr undefined where no call was made, or it is still up. */
export function explain(cdr: CdrSummary | undefined, call: TracedCall | undefined): Explanation {
  const evidence = gatherEvidence(call?.entries ?? []);
  const { why, faultOf, todo, code } = adviceOn(cdr, evidence);
  const fault = faultOf === 'nobody' ? '' : ` Fault: ${faultOf}.`;
  const way = cdr?.media === 'direct' ? ` ${directText}` : '';
  return { code, faultOf, text: printable(`${why}${fault}${todo === '' ? '' : ` ${todo}`}${way}`) };
}

type Verdict = Advice & { readonly code: string; readonly faultOf: string };

function adviceOn(cdr: CdrSummary | undefined, evidence: Evidence): Verdict {
  if (cdr === undefined) return challengeVerdict(evidence.challenge) ?? refusalVerdict(evidence);
  const tls = evidence.failures.find(({ code }) => code === 'tls');
  if (tls !== undefined && cdr.cause.code === 'unreachable') return tlsVerdict(tls);
  return { code: cdr.cause.code, faultOf: cdr.faultOf, ...adviceFor(cdr, evidence) };
}

function tlsVerdict({ remote, detail }: SeenFailure): Verdict {
  return {
    code: 'tls-failure',
    faultOf: `the TLS set-up between this server and ${remote}`,
    why: `No TLS connection with ${remote} could be made: ${detail}.`,
    todo: 'Check the name and the date of its certificate, and that the authority that issued it is set as trusted (CA or pin of the trunk, ca.pem of the data folder in the phone).',
  };
}

function challengeVerdict(challenge: ChallengeEvidence | undefined): Verdict | undefined {
  if (challenge === undefined || challenge.came === 'passed') return undefined;
  const { remote, userAgent, algorithms, realm, method, username, usedRealm } = challenge;
  const who = userAgent === '' ? `The phone at ${remote}` : `The phone at ${remote} (${userAgent})`;
  if (challenge.came === 'ignored' && algorithms.some((name) => /^SHA-/i.test(name)))
    return {
      code: 'md5-only-phone',
      faultOf: 'the phone',
      why: `${who} was challenged with ${algorithms.join(', then ')} and gave up: no credentials came with a further ${method}. It seems to know MD5 only, as baresip 1.0 does.`,
      todo: 'Set the challenge of this device to md5, or use a phone that knows SHA-256 (RFC 8760).',
    };
  if (challenge.came === 'ignored')
    return {
      code: 'no-credentials',
      faultOf: 'the phone',
      why: `${who} was asked for its password (realm "${realm}") and sent none.`,
      todo: 'Give it a user name and password; it may hold them for another realm only.',
    };
  if (challenge.came === 'outdated')
    return {
      code: 'no-credentials',
      faultOf: 'the phone',
      why: `${who} was told that its nonce had run out (stale) and did not come back with the new one.`,
      todo: 'Update its software; it must repeat the request with the new nonce (RFC 7616 §3.3).',
    };
  const other =
    usedRealm !== '' && usedRealm !== realm ? ` It answered for the realm "${usedRealm}" instead of "${realm}".` : '';
  return {
    code: 'wrong-password',
    faultOf: 'the caller',
    why: `${who} gave a wrong user name or password: as "${username}" it was challenged again.${other}`,
    todo: 'Correct the password in the phone, or set a new one with: ringdown user reset EXTENSION.',
  };
}

function unreadableVerdict(seen: SeenFailure): Verdict {
  if (seen.code === 'tls') return tlsVerdict(seen);
  return {
    code: 'bad-request',
    faultOf: 'the sender',
    why: `What came from ${seen.remote} could not be read as SIP: ${seen.detail} (${seen.code}).`,
    todo: 'Look at the message in this trace, and update the software that sent it.',
  };
}

/** No call was made of it: what we answered is all there is. */
function refusalVerdict(evidence: Evidence): Verdict {
  const { refusedByUs: refusal, unreadable } = evidence;
  if (unreadable !== undefined) return unreadableVerdict(unreadable);
  if (refusal === undefined)
    return { code: 'nothing-failed', faultOf: 'nobody', why: 'Nothing in this trace failed.', todo: '' };
  const why = `The request from ${refusal.remote} was refused with ${refusal.status} ${refusal.reason}.`;
  return { ...causeOfRefusal(refusal.status), why };
}
