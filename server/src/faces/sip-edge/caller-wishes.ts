/** Which of a user's devices a caller wishes: by a GRUU (RFC 5627 §5.1) and by caller preferences (RFC 3841); and what that makes of the bindings. */
import {
  hasPreferences,
  preferenceFor,
  readDisposition,
  readPreferences,
  type SipRequest,
  type SipUri,
} from '@ringdown/sip';
import type { CallerWishes } from '#engine/calls';
import type { ChosenBinding } from '#services/calling';
import type { Binding } from '#services/registrar';
import type { FoundGruu, Gruus } from './gruus.ts';

export interface ReadWishes {
  /** Undefined: none, as nearly always. */
  readonly wishes: CallerWishes | undefined;
  /** The user that a GRUU is of. */
  readonly user: string | undefined;
}

const none: ReadWishes = { wishes: undefined, user: undefined };

export function readWishes(request: SipRequest, gruus: Gruus): ReadWishes {
  const uri = request.requestUri;
  const gruu = uri.kind === 'sip' ? gruuOf(uri, gruus) : undefined;
  const isParticular = hasPreferences(request);
  if (gruu === undefined && !isParticular) return none;
  return {
    user: gruu?.user,
    wishes: {
      ...(gruu === undefined ? {} : { device: gruu.device }),
      accept: isParticular ? request.headers('Accept-Contact') : [],
      reject: isParticular ? request.headers('Reject-Contact') : [],
      ...dispositionOf(request, isParticular),
    },
  };
}

/** Nearly no URI has the parameter: its text is enough to see that. */
function gruuOf(uri: SipUri, gruus: Gruus): FoundGruu | undefined {
  return uri.text.includes(';gr') ? gruus.find(uri) : undefined;
}

function dispositionOf(request: SipRequest, isParticular: boolean): Pick<CallerWishes, 'isSingle' | 'isSequential'> {
  if (!isParticular) return { isSingle: false, isSequential: false };
  const { forks, isSequential } = readDisposition(request.headers('Request-Disposition'));
  return { isSingle: !forks, isSequential };
}

/** Those that are wished for, each with how much. */
export function chooseBindings(
  bindings: readonly Binding[],
  { device, accept, reject }: CallerWishes,
  gruus: Gruus,
): readonly ChosenBinding[] {
  const own = device === undefined ? bindings : bindings.filter((binding) => gruus.isOf(binding, device));
  if (accept.length === 0 && reject.length === 0) return own.map((binding) => ({ binding, preference: 1 }));
  const preferences = readPreferences(accept, reject);
  return own.flatMap((binding) => {
    const preference = preferenceFor(binding.capabilities, preferences);
    return preference === undefined ? [] : [{ binding, preference }];
  });
}
