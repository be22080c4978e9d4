/**
 * TypeScript source with its comments, strings, template texts and regular expressions blanked out, each character replaced
 * by a space (line ends and quotes stay), so that positions stay and a search meets only code. Leaves out JSX.
 *
 * A slash begins a regular expression where a value may begin: after an operator, an opening bracket or a keyword.
 */

const valueKeywords = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|instanceof|new|await|yield|throw)$/;

export function blankSource(text: string): string {
  const out = text.split('');
  /** Depth of braces at which each open `${` closes. */
  const templates: number[] = [];
  let braces = 0;
  let at = 0;
  while (at < text.length) {
    const c = text[at];
    const two = text.slice(at, at + 2);
    if (two === '//') blank(lineEnd(at));
    else if (two === '/*') blank(after('*/', at + 2));
    else if (c === "'" || c === '"') quoted(c);
    else if (c === '`') template();
    else if (c === '/' && beginsValue()) regularExpression();
    else if (c === '}' && templates.at(-1) === braces) {
      templates.pop();
      template();
    } else {
      if (c === '{') braces += 1;
      if (c === '}') braces -= 1;
      at += 1;
    }
  }
  return out.join('');

  function blank(end: number): void {
    for (; at < end; at += 1) if (out[at] !== '\n') out[at] = ' ';
  }

  function lineEnd(from: number): number {
    const end = text.indexOf('\n', from);
    return end === -1 ? text.length : end;
  }

  function after(mark: string, from: number): number {
    const end = text.indexOf(mark, from);
    return end === -1 ? text.length : end + mark.length;
  }

  function quoted(quote: string): void {
    at += 1;
    let end = at;
    while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
    blank(end);
    at += 1;
  }

  /** From a back-tick, or from the brace that ends a substitution, to the next substitution or the closing back-tick. */
  function template(): void {
    at += 1;
    let end = at;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) end += text[end] === '\\' ? 2 : 1;
    blank(Math.min(end, text.length));
    if (text[at] === '`') at += 1;
    else if (at < text.length) {
      templates.push(braces);
      at += 2;
    }
  }

  function regularExpression(): void {
    let end = at + 1;
    let inClass = false;
    while (end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/')) {
      if (text[end] === '[') inClass = true;
      if (text[end] === ']') inClass = false;
      end += text[end] === '\\' ? 2 : 1;
    }
    blank(end + 1);
  }

  function beginsValue(): boolean {
    const before = out
      .slice(Math.max(0, at - 200), at)
      .join('')
      .trimEnd();
    return before === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(before) || valueKeywords.test(before);
  }
}
