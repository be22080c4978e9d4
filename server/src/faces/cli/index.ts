/** #faces/cli: the command line. */
export { type CliActions, runCli } from './run-cli.ts';
