/** What contacts can (RFC 3840), and what callers wish of them (RFC 3841). */

export {
  type CallerPreferences,
  hasPreferences,
  preferenceFor,
  type RequestDisposition,
  readDisposition,
  readPreferences,
} from './caller-preferences.ts';
export { capabilitiesOf } from './capabilities.ts';
