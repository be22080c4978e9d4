/** `npm run example -- echo-round-trip 127.0.0.1 100 PASSWORD`: one of examples/, with its arguments. */
const [name = ''] = process.argv.splice(2, 1);
await import(new URL(`../examples/${name}.ts`, import.meta.url).href);
