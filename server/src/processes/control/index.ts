/** The control process's door. */
export { runControl } from './run-control.ts';
