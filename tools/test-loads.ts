/**
 * Run beside the test files by tools/test.ts. With `--test-isolation=none`, Node 26 says nothing when a file throws while it
 * loads after its first test was registered: all later tests of the file are gone and the run is green. A module that threw
 * throws again when it is imported again, so here each such file becomes a failed test.
 */
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const files: string[] = JSON.parse(process.env.RINGDOWN_TEST_FILES ?? '[]');

for (const file of files) {
  try {
    await import(pathToFileURL(file).href);
  } catch (thrown) {
    test(`${file} loads`, () => {
      throw thrown;
    });
  }
}
