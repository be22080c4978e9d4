/** The supervisor's door: `ringdown start`. */
export { type StartOutput, start } from './start.ts';
