/**
 * `node tools/struct-layout.ts`, where there is a C compiler: writes what it makes of the kernel's structures into this architecture's column of
 * tools/struct-layout/table.json. To be run when packages/media/src/io/ffi/struct-layout.ts names a new structure or field.
 */
import { askCompiler } from './struct-layout/ask-compiler.ts';
import { readTable, writeTable } from './struct-layout/table.ts';

const structs = askCompiler();
if (structs === null) {
  console.error('struct-layout: there is no C compiler (cc) here');
  process.exitCode = 1;
} else {
  writeTable({ ...readTable(), [process.arch]: { by: 'compiler', structs } });
  console.log(`struct-layout: ${Object.keys(structs).length} structures for ${process.arch}`);
}
