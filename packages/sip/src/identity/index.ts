/** Who calls: asserted, preferred, hidden, proven (RFC 3323, RFC 3325, RFC 8224, RFC 8225, RFC 8588, RFC 8946). */
export { anonymousAddress, anonymousHost, anonymousUser, isAnonymous } from './anonymous.ts';
export { type AssertedIdentity, readAssertedIdentity } from './asserted-identity.ts';
export { canonicalJson, type Json } from './canonical-json.ts';
export { type IdentityFault, identityAnswer } from './identity-fault.ts';
export { formatIdentity, type IdentityHeader, parseIdentity } from './identity-header.ts';
export {
  formatCompactPassport,
  formatPassport,
  type Passport,
  type PassportClaims,
  type PassportHeader,
  type PassportToken,
  parsePassport,
  type SignedPassport,
  signingInput,
} from './passport.ts';
export { canonicalNumber, identityOfUri, isSameIdentity, type PassportIdentity } from './passport-identity.ts';
export { formatPrivacy, hidesIdentity, isPrivacyImpossible, type PrivacyValue, parsePrivacy } from './privacy.ts';
export { parseRemotePartyId, type RemotePartyId } from './remote-party-id.ts';
export { type PassportSigner, type SignIdentityOptions, signIdentity } from './sign-identity.ts';
export {
  type IdentityVerdict,
  type PassportVerifier,
  type VerifyIdentityOptions,
  verifyIdentity,
} from './verify-identity.ts';
