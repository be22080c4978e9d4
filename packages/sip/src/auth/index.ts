/** Digest authentication, both sides (RFC 7616, RFC 8760 as SIP uses them: RFC 3261 §22). */
export { type DigestAlgorithm, type DigestHash, hashOf, readAlgorithm } from './algorithm.ts';
export { type AuthValue, parseAuthParams, parseAuthValue } from './auth-params.ts';
export { type Challenge, type ChallengeParts, formatChallenge, parseAuthenticate } from './challenge.ts';
export { type Credentials, type CredentialsParts, formatCredentials, parseAuthorization } from './credentials.ts';
export { computeDigestResponse, computeHa1, type DigestInput } from './digest.ts';
export {
  type ChallengeAnswer,
  type DigestAccount,
  DigestClient,
  type DigestClientOptions,
  withCredentials,
} from './digest-client.ts';
export {
  type AuthRole,
  type ChallengePolicy,
  type DigestCheck,
  DigestServer,
  type DigestServerOptions,
  type DigestVerdict,
  type Ha1Lookup,
} from './digest-server.ts';
export { type Hasher, isEqualConstantTime } from './hasher.ts';
export { NonceIssuer, type NonceIssuerOptions, type NonceVerdict } from './nonce.ts';
