/** The canonical name of a stream's source (RFC 7022 §4.2: random, of one session), as a number: its text is made when somebody needs it. */
export function textOfCname(cname: number): string {
  return `${(cname >>> 0).toString(36)}@ringdown`;
}
