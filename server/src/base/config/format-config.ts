/** The configuration in force as YAML that can be used as a file, each line with where its value comes from. */
import { stringify } from 'yaml';
import { configLeaves, type LoadedConfig } from './load-config.ts';

export function formatConfig(loaded: LoadedConfig): string {
  const lines: string[] = [];
  let section = '';
  for (const leaf of configLeaves) {
    const path = leaf.path.split('.');
    const [first = '', second] = path;
    if (second !== undefined && first !== section) lines.push(`${first}:`);
    section = first;
    const value = path.reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part],
      loaded.config,
    );
    const text = value === undefined ? '' : ` ${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`;
    const name = `${second === undefined ? '' : '  '}${path.at(-1)}:`;
    const origin = loaded.origins.get(leaf.path) ?? 'default';
    const about = leaf.about === '' ? '' : `; ${leaf.about}`;
    lines.push(`${value === undefined ? '# ' : ''}${name}${text}  # ${origin}${about}`);
  }
  return `${lines.join('\n')}\n`;
}
