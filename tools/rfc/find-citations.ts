/**
 * Where source text cites an RFC in the house's form: `RFC 3261 §17.1.1.2`, several sections as `§18.1, §18.2` or
 * `§18.1 and §18.2`; an RFC without a section is cited as a whole. Comments and the titles of tests are read alike.
 */

export interface Citation {
  readonly rfc: number;
  /** `17.1.1.2`, `A.1`; empty for the RFC as a whole. */
  readonly section: string;
}

const section = '§\\s?[0-9A-Z]+(?:\\.[0-9]+)*';
const citation = new RegExp(`\\bRFC (\\d{3,5})((?:\\s*(?:,|and|or|to)?\\s*${section})*)`, 'g');

export function findCitations(text: string): Citation[] {
  const found = new Map<string, Citation>();
  for (const [, number, sections = ''] of joinComments(text).matchAll(citation)) {
    const rfc = Number(number);
    const listed = [...sections.matchAll(/§\s?([0-9A-Z]+(?:\.[0-9]+)*)/g)].map(([, name]) => name ?? '');
    for (const name of listed.length === 0 ? [''] : listed) found.set(`${rfc} ${name}`, { rfc, section: name });
  }
  return [...found.values()].sort(compareCitations);
}

export function compareCitations(a: Citation, b: Citation): number {
  return a.rfc - b.rfc || compareSections(a.section, b.section);
}

/** 2 before 10, 17.1 before 17.1.1, numbers before letters. */
export function compareSections(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const order = comparePart(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)];
  if (a === '' || b === '') return a.length - b.length;
  if (Number.isNaN(left) && Number.isNaN(right)) return a < b ? -1 : Number(a > b);
  if (Number.isNaN(left)) return 1;
  return Number.isNaN(right) ? -1 : left - right;
}

/** A citation may be broken at the end of a line of a comment. */
function joinComments(text: string): string {
  return text.replaceAll(/\n\s*(?:\*|\/\/) ?/g, ' ');
}
