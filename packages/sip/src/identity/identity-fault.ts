/** Why an Identity header proves nothing, and what a verifier that insists on a proof answers (RFC 8224 §6.2.2). */

export type IdentityFault =
  /** No Identity header, or none of an extension that is known here. */
  | 'absent'
  | 'unsupported-ppt'
  /** Not the grammar, not the claims that belong there, or header and token contradict each other. */
  | 'malformed'
  | 'unsupported-alg'
  /** The certificate could not be had. */
  | 'no-credential'
  /** It is none that is trusted, or none for that number. */
  | 'untrusted-credential'
  /** The Date header is missing where it is part of what was signed, or is none. */
  | 'bad-date'
  | 'stale-date'
  | 'stale-iat'
  /** Signed for another caller, or for another callee. */
  | 'wrong-orig'
  | 'wrong-dest'
  | 'wrong-signature';

const answers: Readonly<Record<IdentityFault, readonly [status: number, reason: string]>> = {
  absent: [428, 'Use Identity Header'],
  'unsupported-ppt': [428, 'Use Identity Header'],
  'no-credential': [436, 'Bad Identity Info'],
  'unsupported-alg': [437, 'Unsupported Credential'],
  'untrusted-credential': [437, 'Unsupported Credential'],
  malformed: [438, 'Invalid Identity Header'],
  'wrong-orig': [438, 'Invalid Identity Header'],
  'wrong-dest': [438, 'Invalid Identity Header'],
  'wrong-signature': [438, 'Invalid Identity Header'],
  'bad-date': [403, 'Stale Date'],
  'stale-date': [403, 'Stale Date'],
  'stale-iat': [403, 'Stale Date'],
};

export function identityAnswer(fault: IdentityFault): { readonly status: number; readonly reason: string } {
  const [status, reason] = answers[fault];
  return { status, reason };
}
