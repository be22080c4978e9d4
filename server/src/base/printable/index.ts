/** #base/printable: a stranger's text made safe to show. */
export { printable } from './printable.ts';
