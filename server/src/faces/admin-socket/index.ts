/** #faces/admin-socket: the running control process as seen by the command line and the supervisor. */
export { type AdminServer, type AdminVerb, type AdminVerbs, listenAdmin } from './admin-server.ts';
