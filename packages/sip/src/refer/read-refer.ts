/**
 * What a REFER asks for (RFC 3515 §2.4, with RFC 4488, RFC 3892, RFC 4538, RFC 7614 §4). Leaves out: `explicitsub` (RFC 7614 §3), which is answered 420 like any
 * extension that is not named as supported; `multiple-refer` (RFC 5368).
 */
import { parseReferTo, type ReferTo } from '../message/refer-to.ts';
import { parseTargetDialog, type TargetDialog } from '../message/replaces.ts';
import type { SipRequest } from '../message/request.ts';
import { parseReferredBy, type ReferredBy } from './referred-by.ts';

export interface ReadRefer {
  readonly referTo: ReferTo;
  /** False: no NOTIFYs are wanted (Refer-Sub: false, or `nosub` is required). */
  readonly wantsReports: boolean;
  readonly referredBy: ReferredBy | undefined;
  readonly targetDialog: TargetDialog | undefined;
}

export interface UnusableRefer {
  readonly status: number;
  readonly reason: string;
}

/** Option tags that a receiver of REFER understands, for Supported and Require. */
export const referExtensions: readonly string[] = ['norefersub', 'nosub', 'tdialog'];

export function readRefer(request: SipRequest): ReadRefer | UnusableRefer {
  const targets = request.headers('Refer-To');
  const [text] = targets;
  if (text === undefined) return { status: 400, reason: 'Missing Refer-To' };
  // RFC 3515 §2.4.1.
  if (targets.length > 1) return { status: 400, reason: 'More Than One Refer-To' };
  const referTo = parseReferTo(text);
  if (referTo === undefined) return { status: 400, reason: 'Malformed Refer-To' };
  if (referTo.uri.kind === 'other') return { status: 416, reason: 'Unsupported Scheme In Refer-To' };
  const wish = request.header('Refer-Sub')?.split(';')[0]?.trim().toLowerCase();
  if (wish !== undefined && wish !== 'true' && wish !== 'false') return { status: 400, reason: 'Malformed Refer-Sub' };
  const by = request.header('Referred-By') ?? request.header('b');
  const referredBy = by === undefined ? undefined : parseReferredBy(by);
  if (by !== undefined && referredBy === undefined) return { status: 400, reason: 'Malformed Referred-By' };
  const named = request.header('Target-Dialog');
  const targetDialog = named === undefined ? undefined : parseTargetDialog(named);
  if (named !== undefined && targetDialog === undefined) return { status: 400, reason: 'Malformed Target-Dialog' };
  const wantsReports = wish !== 'false' && !request.hasToken('Require', 'nosub');
  return { referTo, wantsReports, referredBy, targetDialog };
}
