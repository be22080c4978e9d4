/** A YAML configuration file as a value, and where in the text each of its keys stands. */
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';

export interface YamlSource {
  readonly value: unknown;
  /** Syntax errors as `file:line:column: message`. */
  readonly problems: readonly string[];
  /** `file:line:column` of the value at a path, or of the key itself; the nearest parent's when it is not there. */
  whereIs(path: readonly PropertyKey[], key?: string): string;
  has(path: readonly string[]): boolean;
}

export function readYaml(file: string, text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };

  function whereIs(path: readonly PropertyKey[], key?: string): string {
    let node: unknown = document.contents;
    let where = file;
    for (const part of [...path, ...(key === undefined ? [] : [key])]) {
      const pair = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
        : undefined;
      if (pair === undefined) break;
      const keyNode = pair.key as Node;
      const valueNode = pair.value as Node | null;
      const atKey = part === key && keyNode.range;
      const range = atKey ? keyNode.range : (valueNode?.range ?? keyNode.range);
      if (range) where = at(range[0]);
      node = valueNode;
    }
    return where;
  }

  return {
    value: document.errors.length > 0 ? undefined : (document.toJS() ?? {}),
    problems: document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`),
    whereIs,
    has: (path) => document.hasIn(path),
  };
}
