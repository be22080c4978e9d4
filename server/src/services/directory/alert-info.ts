/** A value of Alert-Info as a setting: a URI in brackets, and parameters (RFC 3261 §20.4, RFC 7462). */
const form = /^<[a-z][a-z0-9+.-]*:[!-;=?-~]+>(;[!-;=?-~]+)*$/i;

/** Empty: none is set. */
export function isAlertInfo(text: string): boolean {
  return text === '' || (text.length <= 200 && form.test(text));
}
