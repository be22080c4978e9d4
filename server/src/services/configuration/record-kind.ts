/**
 * What a kind of tenant configuration is, as plain data: which fields are unique, which refer to other records, which hold
 * sealed secrets. Services declare their kinds; every storage backend enforces the rules from this one description.
 */

/** No two records have the same values in all these fields. A record with a null or absent field among them is left out. */
export interface UniqueRule {
  readonly fields: readonly string[];
  readonly across: 'tenant' | 'installation';
}

/** The field, when set, is the id of a record of that kind of the same tenant, which cannot be deleted before. */
export interface ReferenceRule {
  readonly field: string;
  readonly kind: string;
}

export interface RecordKind<Body extends object = object> {
  /** As in `user`; also the word in revisions and events. */
  readonly name: string;
  /** The table of relational backends. */
  readonly table: string;
  readonly unique: readonly UniqueRule[];
  readonly references: readonly ReferenceRule[];
  /** Fields whose values never stand in a revision, not even sealed. */
  readonly sealed: readonly string[];
  /** Never present: carries the type of the body. */
  readonly bodyShape?: Body;
}

export function recordKind<Body extends object>(
  kind: Omit<RecordKind<Body>, 'bodyShape' | 'sealed'> & { readonly sealed: readonly (keyof Body & string)[] },
): RecordKind<Body> {
  return kind;
}

/** The fields that a relational backend keeps in columns of their own, each once, in a fixed order. */
export function columnFields(kind: RecordKind): readonly string[] {
  const fields = [...kind.unique.flatMap((rule) => rule.fields), ...kind.references.map((rule) => rule.field)];
  return [...new Set(fields)].sort();
}
