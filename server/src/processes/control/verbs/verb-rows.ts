/** An area's admin verbs by name, as the admin protocol has them: `user.add`. */
import type { AdminVerb } from '#faces/admin-socket';

export type VerbRows = readonly (readonly [name: string, verb: AdminVerb])[];
