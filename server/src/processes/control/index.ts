/** The control process's door. */
export { runControl } from './control.ts';
