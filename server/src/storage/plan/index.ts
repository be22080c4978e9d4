/** #storage/plan: what a commit does, for the backends that live in one thread. */
export { type CommitPlan, fieldOf, type KindTable, planCommit, type RecordReader } from './plan-commit.ts';
