#!/usr/bin/env node
// Plain JavaScript that an old Node can parse, so that it can say which one is needed.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`Ringdown needs Node 24 or newer; this is ${process.version}.\n`);
  process.exit(1);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache();
const fromSource = process.execArgv.some((arg) => arg.includes('ringdown-source'));
const { main } = await import(fromSource ? '../src/main.ts' : '../dist/main.js');
process.exitCode = await main(process.argv.slice(2));
