/**
 * Run by npm after an installation: `node_modules/.bin/node` must be the Node of our platform package. npm 10, which comes
 * with Node 20, links it and takes the link away again while it clears up the packages of the other platforms, since all of
 * them name a program `node`. Plain JavaScript, because it runs on the system's Node.
 */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const link = `${modules}/.bin/node`;
const isOurs = (name) => /^node-(?:bin-)?(?:linux|darwin)-/.test(name) && existsSync(`${modules}/${name}/bin/node`);

if (process.platform !== 'win32' && !existsSync(link)) {
  const name = readdirSync(modules).find(isOurs);
  if (name !== undefined) {
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), `${modules}/${name}/bin/node`), link);
  }
}
