/** What layers.json says, and how a breach is told. */
import { readFileSync } from 'node:fs';

export interface Room {
  readonly name: string;
  readonly path: string;
  /** Names of the rooms it may import; its own it always may. */
  readonly may: readonly string[];
  /** Installed packages it may import. */
  readonly external?: readonly string[];
  /** False where node: imports are forbidden. */
  readonly node?: boolean;
}

interface Paths {
  readonly paths: readonly string[];
}

export interface Rules {
  readonly rooms: readonly Room[];
  readonly roots: Paths;
  readonly apart: Paths;
  readonly doors: Paths;
  readonly ffi: Paths;
  readonly services: { readonly path: string; readonly order: readonly string[] };
  readonly sansIo: Paths & { readonly except: readonly string[] };
  readonly ownClock: Paths;
  readonly product: readonly string[];
  readonly scanned: readonly string[];
  readonly floor: { readonly files: number; readonly imports: number };
  readonly size: {
    readonly lines: number;
    readonly median: number;
    readonly p90: number;
    readonly tables: readonly string[];
  };
}

export interface Breach {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

export function readRules(base: string): Rules {
  return JSON.parse(readFileSync(`${base}/layers.json`, 'utf8'));
}

export const formatBreach = ({ rule, file, line, what }: Breach): string => `${file}:${line} ${rule}: ${what}`;

export const isBelow = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));

export function roomOf(rules: Rules, path: string): Room | undefined {
  return rules.rooms
    .filter((room) => path.startsWith(`${room.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
}
