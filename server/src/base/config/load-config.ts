/**
 * Bootstrap configuration from, in rising order: defaults, YAML file, environment (RINGDOWN_SIP_UDP_PORT=5070), flags
 * (--sip-udp-port 5070). All mistakes are reported at once, each with its place; an unknown name is a mistake, with a suggestion.
 */
import type { z } from 'zod';
import { type BootstrapConfig, bootstrapSchema } from './bootstrap-schema.ts';
import { configInvalid, configUnreadable } from './errors.ts';
import { type Leaf, listLeaves, valueOfText } from './leaf.ts';
import { suggest } from './suggest.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What follows the command's name, settings only: `--sip-udp-port=5070`, `--config FILE`. */
  readonly flags: readonly string[];
  /** Reads a whole file as text, or throws. */
  readonly readFile: (path: string) => string;
  /** The file to read when none is named; read only if it exists. */
  readonly defaultFile?: { readonly path: string; readonly exists: boolean };
}

export interface LoadedConfig {
  readonly config: BootstrapConfig;
  /** `--print-config` was among the flags. */
  readonly print: boolean;
  /** Where each setting comes from, by path. */
  readonly origins: ReadonlyMap<string, string>;
  /** The file that was read. */
  readonly file?: string;
}

/** Settings of other parts of the program that share the prefix. */
const otherNames = new Set(['RINGDOWN_CONFIG']);
const internalPrefix = 'RINGDOWN_INTERNAL_';

export const configLeaves: readonly Leaf[] = listLeaves(bootstrapSchema);

interface Override {
  readonly leaf: Leaf;
  readonly text: string;
  readonly origin: string;
}

export function loadConfig(sources: ConfigSources): LoadedConfig {
  const problems: string[] = [];
  const flags = readFlags(sources.flags, problems);
  const file =
    flags.file ?? sources.env.RINGDOWN_CONFIG ?? (sources.defaultFile?.exists ? sources.defaultFile.path : undefined);
  const yaml = file === undefined ? undefined : readFile(file, sources);
  problems.push(...(yaml?.problems ?? []));

  const raw = structuredClone(yaml?.value ?? {}) as Record<string, unknown>;
  const overrides = [...readEnvironment(sources.env, problems), ...flags.overrides];
  const origins = new Map<string, string>();
  for (const leaf of configLeaves) origins.set(leaf.path, originInFile(yaml, leaf));
  for (const { leaf, text, origin } of overrides) {
    setAt(raw, leaf.path.split('.'), valueOfText(leaf, text));
    origins.set(leaf.path, origin);
  }
  const parsed = bootstrapSchema.safeParse(raw);
  if (!parsed.success && (yaml?.problems.length ?? 0) === 0) {
    for (const issue of parsed.error.issues) problems.push(...describeIssue(issue, origins, yaml));
  }
  if (!parsed.success || problems.length > 0) throw configInvalid(problems);
  return { config: parsed.data, print: flags.print, origins, ...(file === undefined ? {} : { file }) };
}

function readFile(file: string, sources: ConfigSources): YamlSource {
  try {
    return readYaml(file, sources.readFile(file));
  } catch (cause) {
    throw configUnreadable(file, cause);
  }
}

function originInFile(yaml: YamlSource | undefined, leaf: Leaf): string {
  const path = leaf.path.split('.');
  return yaml?.has(path) ? yaml.whereIs(path) : 'default';
}

function readEnvironment(env: ConfigSources['env'], problems: string[]): readonly Override[] {
  const byName = new Map(configLeaves.map((leaf) => [leaf.env, leaf]));
  const overrides: Override[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('RINGDOWN_') || text === undefined) continue;
    if (otherNames.has(name) || name.startsWith(internalPrefix)) continue;
    const leaf = byName.get(name);
    if (leaf !== undefined) overrides.push({ leaf, text, origin: `environment ${name}` });
    else problems.push(`environment ${name}: no such setting${didYouMean(name, byName.keys())}`);
  }
  return overrides;
}

function readFlags(flags: readonly string[], problems: string[]) {
  const byName = new Map(configLeaves.map((leaf) => [leaf.flag, leaf]));
  const overrides: Override[] = [];
  let file: string | undefined;
  let print = false;
  for (let i = 0; i < flags.length; i++) {
    const [name = '', ...rest] = (flags[i] ?? '').split('=');
    if (name === '--print-config') {
      print = true;
      continue;
    }
    const leaf = byName.get(name);
    if (leaf === undefined && name !== '--config') {
      problems.push(`${name}: no such flag${didYouMean(name, [...byName.keys(), '--config', '--print-config'])}`);
      continue;
    }
    const text = rest.length > 0 ? rest.join('=') : flags[++i];
    if (text === undefined) problems.push(`${name}: needs a value`);
    else if (leaf === undefined) file = text;
    else overrides.push({ leaf, text, origin: `flag ${name}` });
  }
  return { overrides, file, print };
}

function describeIssue(
  issue: z.core.$ZodIssue,
  origins: ReadonlyMap<string, string>,
  yaml: YamlSource | undefined,
): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key].join('.');
      const where = yaml?.whereIs(issue.path, key) ?? 'configuration';
      return `${where}: ${path}: no such setting${didYouMean(path, knownPaths())}`;
    });
  }
  const path = issue.path.map(String).join('.');
  const leaf = configLeaves.find((known) => path === known.path || path.startsWith(`${known.path}.`));
  const origin = leaf === undefined ? undefined : origins.get(leaf.path);
  const where =
    origin === undefined || origin === 'default' || !isElsewhere(origin)
      ? (yaml?.whereIs(issue.path) ?? 'configuration')
      : origin;
  return [`${where}: ${path || 'the whole'}: ${issue.message}`];
}

const isElsewhere = (origin: string): boolean => origin.startsWith('environment ') || origin.startsWith('flag ');

function knownPaths(): Set<string> {
  return new Set(configLeaves.flatMap(({ path }) => [path, path.split('.')[0] ?? path]));
}

function didYouMean(word: string, known: Iterable<string>): string {
  const near = suggest(word, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target;
  for (const part of path.slice(0, -1)) {
    const next = at[part];
    if (typeof next !== 'object' || next === null || Array.isArray(next)) at[part] = {};
    at = at[part] as Record<string, unknown>;
  }
  at[path.at(-1) ?? ''] = value;
}
