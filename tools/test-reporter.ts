/**
 * A reporter for node:test that is silent while all goes well: failures in full, diagnostics of failures, and at the end
 * one line beginning with `ringdown-tests ` that holds the counts and the files in which a test ran, as JSON.
 */
import { inspect } from 'node:util';

export interface TestRun {
  readonly counts: Readonly<Record<string, number>>;
  readonly files: readonly string[];
  /** What tests said by `t.diagnostic`. */
  readonly notes: readonly string[];
  /** Tests that were skipped, with the reason given. */
  readonly skipped: readonly string[];
}

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly file?: string | undefined;
    readonly line?: number | undefined;
    readonly nesting?: number;
    readonly message?: string;
    readonly counts?: Readonly<Record<string, number>>;
    readonly details?: { readonly error?: unknown; readonly type?: string };
    readonly todo?: string | boolean | undefined;
    readonly skip?: string | boolean | undefined;
  };
}

export const marker = 'ringdown-tests ';

const nodesOwn = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Set<string>();
  let counts: Readonly<Record<string, number>> = {};
  const notes: string[] = [];
  const skipped: string[] = [];
  let filesThemselves = 0;
  for await (const { type, data } of source) {
    const ended = type === 'test:pass' || type === 'test:fail';
    if (ended && data.file !== undefined && data.name !== undefined) {
      if (isFileItself(data.name, data.file)) filesThemselves += type === 'test:pass' ? 1 : 0;
      else files.add(data.file);
    }
    if (ended && data.skip !== undefined) skipped.push(`${data.name} (${data.skip})`);
    if (type === 'test:fail' && data.todo === undefined) yield describe(data);
    if (type === 'test:stderr' || type === 'test:stdout') yield String(data.message ?? '');
    if (type === 'test:diagnostic' && !nodesOwn.test(data.message ?? '')) notes.push(data.message ?? '');
    if (type === 'test:summary' && data.file === undefined) counts = data.counts ?? {};
  }
  const { tests = 0, passed = 0 } = counts;
  counts = { ...counts, tests: tests - filesThemselves, passed: passed - filesThemselves };
  yield `${marker}${JSON.stringify({ counts, files: [...files].sort(), notes, skipped })}\n`;
}

/** A parent that failed only because of its children is told in one line. */
function describe(data: TestEvent['data']): string {
  const error = data.details?.error;
  const where = data.file === undefined ? '' : ` (${data.file}:${data.line ?? 1})`;
  const head = `\n✖ ${data.name}${where}\n`;
  if (error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed') return head;
  const shown = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return `${head}${inspect(shown, { depth: 6 }).replaceAll(/^/gm, '  ')}\n`;
}

/** Where a file registers no test, node passes a test named after the file. */
function isFileItself(name: string, file: string): boolean {
  return file === name || file.endsWith(`/${name}`);
}
