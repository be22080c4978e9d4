/**
 * TypeScript source with its comments, strings, template texts and regular expressions blanked out, each character replaced
 * by a space (line ends and quotes stay), so that positions stay and a search meets only code. Leaves out JSX.
 *
 * A slash begins a regular expression where a value may begin: after an operator, an opening bracket or a keyword.
 */

const valueKeywords = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|instanceof|new|await|yield|throw)$/;

export function blankSource(text: string): string {
  return new Blanker(text).run();
}

class Blanker {
  readonly #text: string;
  readonly #out: string[];
  /** The depth of braces at which each open substitution of a template ends. */
  readonly #templates: number[] = [];
  #braces = 0;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#out = text.split('');
  }

  run(): string {
    while (this.#at < this.#text.length) this.#step();
    return this.#out.join('');
  }

  #step(): void {
    const c = this.#text[this.#at];
    const two = this.#text.slice(this.#at, this.#at + 2);
    if (two === '//') this.#blank(this.#find('\n', this.#at));
    else if (two === '/*') this.#blank(this.#find('*/', this.#at + 2) + 2);
    else if (c === "'" || c === '"') this.#quoted(c);
    else if (c === '`') this.#template();
    else if (c === '/' && this.#beginsValue()) this.#regularExpression();
    else if (c === '}' && this.#templates.at(-1) === this.#braces) {
      this.#templates.pop();
      this.#template();
    } else {
      if (c === '{') this.#braces += 1;
      if (c === '}') this.#braces -= 1;
      this.#at += 1;
    }
  }

  #blank(end: number): void {
    const last = Math.min(end, this.#text.length);
    for (; this.#at < last; this.#at += 1) if (this.#out[this.#at] !== '\n') this.#out[this.#at] = ' ';
  }

  #find(mark: string, from: number): number {
    const end = this.#text.indexOf(mark, from);
    return end === -1 ? this.#text.length : end;
  }

  #quoted(quote: string): void {
    const text = this.#text;
    this.#at += 1;
    let end = this.#at;
    while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
    this.#blank(end);
    this.#at += 1;
  }

  /** From a back-tick, or from the brace that ends a substitution, to the next substitution or the closing back-tick. */
  #template(): void {
    const text = this.#text;
    this.#at += 1;
    let end = this.#at;
    while (end < text.length && text[end] !== '`' && !(text[end] === '$' && text[end + 1] === '{'))
      end += text[end] === '\\' ? 2 : 1;
    this.#blank(end);
    if (text[this.#at] === '`') this.#at += 1;
    else if (this.#at < text.length) {
      this.#templates.push(this.#braces);
      this.#at += 2;
    }
  }

  #regularExpression(): void {
    const text = this.#text;
    let end = this.#at + 1;
    let inClass = false;
    while (end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/')) {
      if (text[end] === '[') inClass = true;
      if (text[end] === ']') inClass = false;
      end += text[end] === '\\' ? 2 : 1;
    }
    this.#blank(end + 1);
  }

  #beginsValue(): boolean {
    const before = this.#out
      .slice(Math.max(0, this.#at - 200), this.#at)
      .join('')
      .trimEnd();
    return before === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(before) || valueKeywords.test(before);
  }
}
