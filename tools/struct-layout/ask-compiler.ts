/** What the C compiler of this machine makes of the kernel's structures: a program that prints sizeof and offsetof, compiled and run. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { structsOf } from '../../packages/media/src/io/ffi/struct-layout.ts';

export type Layouts = Readonly<Record<string, Readonly<Record<string, number>>>>;

const headers = [
  'stddef.h',
  'stdio.h',
  'netinet/in.h',
  'poll.h',
  'sys/epoll.h',
  'sys/socket.h',
  'sys/uio.h',
  'time.h',
  'linux/io_uring.h',
];

/** Null where there is no `cc`. Throws where it does not take the program: headers before Linux 6.1, or a field that is none. */
export function askCompiler(): Layouts | null {
  if (!hasCompiler()) return null;
  const folder = mkdtempSync(join(tmpdir(), 'struct-layout-'));
  try {
    const [source, program] = [join(folder, 'layout.c'), join(folder, 'layout')];
    writeFileSync(source, programFor(structsOf(process.arch)));
    execFileSync('cc', ['-o', program, source], { encoding: 'utf8' });
    return JSON.parse(execFileSync(program, { encoding: 'utf8' })) as Layouts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function programFor(structs: Layouts): string {
  const lines = Object.entries(structs).map(([name, fields]) => {
    const names = Object.keys(fields);
    const values = names.map((field) =>
      field === 'SIZE' ? `sizeof(struct ${name})` : `offsetof(struct ${name}, ${field})`,
    );
    const format = names.map((field) => `\\"${field}\\":%zu`).join(',');
    return `printf("%s\\"${name}\\":{${format}}", separator, ${values.join(', ')}); separator = ",";`;
  });
  const includes = headers.map((header) => `#include <${header}>`);
  const begin = ['int main(void) {', 'const char *separator = "";', 'printf("{");'];
  return [...includes, ...begin, ...lines, 'printf("}");', 'return 0;', '}', ''].join('\n');
}
