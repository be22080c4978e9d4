/** The canonical name of a stream's source, random and of that stream alone, as a number: its text is made when somebody needs it. */
export function textOfCname(cname: number): string {
  return `${(cname >>> 0).toString(36)}@ringdown`;
}
