/** The supervisor's door, for main.ts and the command line's `start`. */
export type { ChildSpec, Heartbeat } from './child.ts';
export { type Supervised, type Supervisor, type SupervisorOptions, superviseChildren } from './supervisor.ts';
