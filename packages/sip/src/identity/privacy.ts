/**
 * Privacy: what somebody wants kept from the other side (RFC 3323 §4.2; `id`, RFC 3325 §9.3; `history`, RFC 7044 §10.1.2). Parsing and formatting only: who
 * serves the wish decides what is done.
 */

/** Lower case. Words that the stack does not know are kept: with `critical` they are a reason to refuse (RFC 3323 §5). */
export type PrivacyValue = 'header' | 'session' | 'user' | 'id' | 'history' | 'none' | 'critical' | (string & {});

const known: ReadonlySet<string> = new Set(['header', 'session', 'user', 'id', 'history', 'none', 'critical']);

/**
 * The words of all values of the header, each once; empty: nothing is asked for. Interop: commas separate too. `none` beside a wish to hide counts as that
 * wish, against RFC 3323 §4.2, which forbids the two together: what was shown cannot be hidden again.
 */
export function parsePrivacy(values: readonly string[]): readonly PrivacyValue[] {
  if (values.length === 0) return nothing;
  const words = values.flatMap((value) => value.split(/[;,]/)).map((word) => word.trim().toLowerCase());
  const all = [...new Set(words)].filter((word) => /^[\w.!%*+`'~-]+$/.test(word));
  return all.some((word) => word !== 'none' && word !== 'critical') ? all.filter((word) => word !== 'none') : all;
}

const nothing: readonly PrivacyValue[] = [];

export function formatPrivacy(values: readonly PrivacyValue[]): string {
  return values.join(';');
}

/** Whether the caller's name and address are to be kept from who is called (RFC 3323 §4.2 `user`, RFC 3325 §9.3 `id`). */
export function hidesIdentity(privacy: readonly PrivacyValue[]): boolean {
  return privacy.includes('id') || privacy.includes('user');
}

/** RFC 3323 §5: a wish that nobody here understands, and that the caller would rather not call than go without. */
export function isPrivacyImpossible(privacy: readonly PrivacyValue[]): boolean {
  return privacy.includes('critical') && privacy.some((word) => !known.has(word));
}
