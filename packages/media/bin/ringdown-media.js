#!/usr/bin/env node
// Plain JavaScript that an old Node can parse, so that it can say which version is needed.
import module from 'node:module';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`ringdown-media needs Node 24 or newer; this is ${process.version}\n`);
  process.exit(1);
}
// Compiled code is kept between starts: a restarted engine is there sooner.
module.enableCompileCache?.();
// Source with --conditions=ringdown-source, dist otherwise.
import('@ringdown/media/program').then(
  (program) => program.runEngine(process.argv.slice(2)),
  (error) => {
    process.stderr.write(`ringdown-media: ${error.stack}\n`);
    process.exit(70);
  },
);
