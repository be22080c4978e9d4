/** #base/admin: how the command line and the supervisor speak to a running control process. */
export { type AdminClient, connectAdmin } from './admin-client.ts';
export {
  type AdminReply,
  type AdminRequest,
  type AdminTarget,
  encodeLine,
  LineReader,
} from './admin-protocol.ts';
