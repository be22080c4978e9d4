/** Chance as an argument: tags, branches, Call-IDs and nonces come from here. */

export interface Random {
  /** `length` characters of [a-z0-9], unguessable in production, seeded in tests. */
  token(length: number): string;
  /** An integer in [0, below). */
  integer(below: number): number;
}
