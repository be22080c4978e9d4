import { documentsTarget } from './documents-target.ts';
import { mediaTarget } from './media-target.ts';
import { messageTarget } from './message-target.ts';
import { textsTarget } from './parsers.ts';
import { sdpTarget } from './sdp-target.ts';
import { streamTarget } from './stream-target.ts';
import type { FuzzTarget } from './target.ts';
import { digestTarget, headersTarget, uriTarget } from './value-targets.ts';

/** Every target with its share of the inputs. */
export const targets: readonly { readonly target: FuzzTarget; readonly share: number }[] = [
  { target: messageTarget, share: 0.25 },
  { target: uriTarget, share: 0.15 },
  { target: headersTarget, share: 0.15 },
  { target: textsTarget, share: 0.1 },
  { target: documentsTarget, share: 0.05 },
  { target: digestTarget, share: 0.05 },
  { target: sdpTarget, share: 0.1 },
  { target: streamTarget, share: 0.1 },
  { target: mediaTarget, share: 0.05 },
];
