/**
 * What a configuration commit does, decided without writing: versions, unique rules, references, the revision. Backends
 * that hold their data within one thread (memory, embedded) read through RecordReader and then carry out the plan.
 * Leaves out: a clustered backend, which asks the same questions in SQL inside its transaction.
 */
import { misuse } from '#base/errors';
import type { TenantId } from '#base/ids';
import type {
  Commit,
  CommitOutcome,
  CommittedChange,
  RecordChange,
  RecordKind,
  Revision,
  RevisionChange,
  StoredRecord,
  UniqueRule,
} from '#services/configuration';

/** How a plan looks at what stands. All calls see the same moment. */
export interface RecordReader {
  get(tenant: TenantId, kind: RecordKind, id: string): StoredRecord | undefined;
  /** Records of the kind with these values in these fields; `tenant` null looks at the whole installation. */
  having(
    tenant: TenantId | null,
    kind: RecordKind,
    fields: readonly string[],
    values: readonly unknown[],
  ): readonly StoredRecord[];
  lastRevision(tenant: TenantId): number;
  revisionByKey(
    tenant: TenantId,
    key: string,
  ): { readonly revision: Revision; readonly fingerprint: string } | undefined;
}

export type CommitPlan =
  | { readonly kind: 'refused' | 'replay'; readonly outcome: CommitOutcome }
  | {
      readonly kind: 'write';
      readonly outcome: CommitOutcome;
      readonly revision: Revision;
      readonly puts: readonly StoredRecord[];
      readonly drops: readonly StoredRecord[];
    };

export type KindTable = ReadonlyMap<string, RecordKind>;

interface Staged {
  readonly kind: RecordKind;
  readonly before: StoredRecord | undefined;
  readonly after: StoredRecord | undefined;
  readonly change: RecordChange;
}

export function planCommit(reader: RecordReader, kinds: KindTable, tenant: TenantId, commit: Commit): CommitPlan {
  const replay = findReplay(reader, tenant, commit);
  if (replay !== undefined) return { kind: 'replay', outcome: replay };

  const staged = new Map<string, Staged>();
  for (const change of commit.changes) {
    const step = stage(reader, kinds, tenant, change);
    if (staged.has(change.id)) throw misuse(`one commit changes ${change.kind} ${change.id} twice`);
    if ('outcome' in step) return { kind: 'refused', outcome: step.outcome };
    staged.set(change.id, step);
  }
  const scene: Scene = { reader, kinds, tenant, staged };
  const refusal = checkTenant(scene) ?? checkUnique(scene) ?? checkReferences(scene) ?? checkUse(scene);
  if (refusal !== undefined) return { kind: 'refused', outcome: refusal };
  return writePlan(reader.lastRevision(tenant) + 1, tenant, commit, [...staged.values()]);
}

interface Scene {
  readonly reader: RecordReader;
  readonly kinds: KindTable;
  readonly tenant: TenantId;
  readonly staged: ReadonlyMap<string, Staged>;
}

function findReplay(reader: RecordReader, tenant: TenantId, commit: Commit): CommitOutcome | undefined {
  if (commit.idempotency === undefined) return undefined;
  const earlier = reader.revisionByKey(tenant, commit.idempotency.key);
  if (earlier === undefined) return undefined;
  const { number, id, changes } = earlier.revision;
  if (earlier.fingerprint !== commit.idempotency.fingerprint) return { kind: 'key-reused', revision: number };
  const names = changes.map(({ kind, id: record, version, deleted }) => ({ kind, id: record, version, deleted }));
  return { kind: 'committed', revision: number, id, changes: names, replayed: true };
}

function stage(
  reader: RecordReader,
  kinds: KindTable,
  tenant: TenantId,
  change: RecordChange,
): Staged | { outcome: CommitOutcome } {
  const kind = kinds.get(change.kind);
  if (kind === undefined) throw misuse(`"${change.kind}" is no kind of record`);
  const before = reader.get(tenant, kind, change.id);
  const version = before?.version ?? 0;
  if (version !== change.expectVersion) {
    return { outcome: { kind: 'conflict', record: { kind: change.kind, id: change.id }, version } };
  }
  const after =
    change.after === null
      ? undefined
      : { tenant, kind: kind.name, id: change.id, version: version + 1, body: change.after };
  return { kind, before, after, change };
}

function checkTenant({ reader, kinds, tenant, staged }: Scene): CommitOutcome | undefined {
  const tenantKind = kinds.get('tenant');
  if (tenantKind === undefined) return undefined;
  const own = staged.get(tenant);
  const exists = own === undefined ? reader.get(tenant, tenantKind, tenant) !== undefined : own.after !== undefined;
  for (const { kind, after, change } of staged.values()) {
    const record = { kind: kind.name, id: change.id };
    if (kind.name === 'tenant' && change.id !== tenant) return { kind: 'dangling', record, field: 'tenant' };
    if (after !== undefined && !exists) return { kind: 'dangling', record, field: 'tenant' };
  }
  return undefined;
}

function checkUnique(scene: Scene): CommitOutcome | undefined {
  for (const { kind, after } of scene.staged.values()) {
    if (after === undefined) continue;
    for (const rule of kind.unique) {
      const holder = findHolder(scene, kind, rule, after);
      if (holder === undefined) continue;
      const refusal = { kind: 'taken', record: { kind: kind.name, id: after.id }, fields: rule.fields } as const;
      return holder.tenant === scene.tenant ? { ...refusal, by: holder.id } : refusal;
    }
  }
  return undefined;
}

function findHolder(scene: Scene, kind: RecordKind, rule: UniqueRule, mine: StoredRecord): StoredRecord | undefined {
  const values = rule.fields.map((field) => fieldOf(mine.body, field));
  if (values.some((value) => value === null)) return undefined;
  for (const { kind: other, after } of scene.staged.values()) {
    if (after === undefined || other.name !== kind.name || after.id === mine.id) continue;
    if (rule.fields.every((field, i) => fieldOf(after.body, field) === values[i])) return after;
  }
  const standing = scene.reader.having(rule.across === 'tenant' ? scene.tenant : null, kind, rule.fields, values);
  return standing.find((record) => record.id !== mine.id && !scene.staged.has(record.id));
}

function checkReferences(scene: Scene): CommitOutcome | undefined {
  for (const { kind, after } of scene.staged.values()) {
    if (after === undefined) continue;
    for (const { field, kind: targetName } of kind.references) {
      const target = fieldOf(after.body, field);
      const targetKind = scene.kinds.get(targetName);
      if (target === null || targetKind === undefined) continue;
      const step = scene.staged.get(String(target));
      const there = step === undefined ? scene.reader.get(scene.tenant, targetKind, String(target)) : step.after;
      if (there?.kind !== targetName) return { kind: 'dangling', record: { kind: kind.name, id: after.id }, field };
    }
  }
  return undefined;
}

/** A deleted record must not be referred to by anything that this commit leaves standing. */
function checkUse(scene: Scene): CommitOutcome | undefined {
  for (const { kind, before, after } of scene.staged.values()) {
    if (before === undefined || after !== undefined) continue;
    for (const other of scene.kinds.values()) {
      const user = findUser(scene, other, kind, before.id);
      if (user !== undefined) {
        const by = { kind: other.name, id: user.id };
        return { kind: 'in-use', record: { kind: kind.name, id: before.id }, by };
      }
    }
  }
  return undefined;
}

function findUser(scene: Scene, other: RecordKind, kind: RecordKind, id: string): StoredRecord | undefined {
  if (kind.name === 'tenant' && other.name !== 'tenant') {
    return scene.reader
      .having(scene.tenant, other, [], [])
      .find((record) => scene.staged.get(record.id)?.before === undefined);
  }
  for (const rule of other.references) {
    if (rule.kind !== kind.name) continue;
    const users = scene.reader.having(scene.tenant, other, [rule.field], [id]);
    const left = users.find((record) => !scene.staged.has(record.id));
    if (left !== undefined) return left;
  }
  return undefined;
}

function writePlan(number: number, tenant: TenantId, commit: Commit, staged: readonly Staged[]): CommitPlan {
  const changes: CommittedChange[] = staged.map(({ kind, before, after, change }) => ({
    kind: kind.name,
    id: change.id,
    version: after?.version ?? (before?.version ?? 0) + 1,
    deleted: after === undefined,
  }));
  const revisionChanges: RevisionChange[] = staged.map(({ kind, before, after }, i) => ({
    ...(changes[i] as CommittedChange),
    before: before === undefined ? null : withoutSealed(kind, before.body),
    after: after === undefined ? null : withoutSealed(kind, after.body),
  }));
  const { revision: id, author, utcMs, summary } = commit;
  return {
    kind: 'write',
    outcome: { kind: 'committed', revision: number, id, changes, replayed: false },
    revision: { tenant, number, id, author, utcMs, summary, changes: revisionChanges },
    puts: staged.flatMap((step) => (step.after === undefined ? [] : [step.after])),
    drops: staged.flatMap((step) => (step.after === undefined && step.before !== undefined ? [step.before] : [])),
  };
}

function withoutSealed(kind: RecordKind, body: object): object {
  const shown: Record<string, unknown> = { ...body };
  for (const field of kind.sealed) if (shown[field] !== undefined && shown[field] !== null) shown[field] = '(sealed)';
  return shown;
}

/** A field's value as rules compare it: text, or null when it is not set. `destination.user` looks one level down. */
export function fieldOf(body: object, field: string): string | null {
  let value: unknown = body;
  for (const part of field.split('.')) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Record<string, unknown>)[part];
  }
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
