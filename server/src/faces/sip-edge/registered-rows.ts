/** The Contact rows of a 200 to REGISTER (RFC 3261 §10.3 step 8), with what RFC 3840, 5626 and 5627 add to them. */
import { quote, type SipRequest } from '@ringdown/sip';
import type { RegisteredContact } from '#services/registrar';
import type { Gruus } from './gruus.ts';

export interface RegisteredRowsOptions {
  readonly request: SipRequest;
  readonly aor: string;
  readonly gruus: Gruus;
}

export function registeredRows(
  bindings: readonly RegisteredContact[],
  { request, aor, gruus }: RegisteredRowsOptions,
): [string, string][] {
  // RFC 5627 §5.4: for every contact with an instance, where the one who asks understands.
  const hasGruus =
    bindings.some(({ binding }) => binding.instance !== '') &&
    (request.hasToken('Supported', 'gruu') || request.hasToken('Require', 'gruu'));
  return bindings.map((registered) => {
    const { binding } = registered;
    const row = contactValue(registered);
    if (!hasGruus || binding.instance === '') return ['Contact', row];
    const [open, hidden] = [gruus.publicOf(aor, binding), gruus.temporaryOf(aor, binding)];
    return ['Contact', `${row};pub-gruu=${quote(open)};temp-gruu=${quote(hidden)}`];
  });
}

function contactValue({ binding, expiresSec }: RegisteredContact): string {
  const q = binding.q === 1 ? '' : `;q=${binding.q}`;
  const instance = binding.instance === '' ? '' : `;+sip.instance=${quote(binding.instance)}`;
  const regId = binding.regId === 0 ? '' : `;reg-id=${binding.regId}`;
  return `<${binding.contact}>;expires=${expiresSec}${q}${instance}${regId}${binding.capabilities}`;
}
