/** The settings of a schema as a flat list: each with its path, environment variable, flag and the kind of text it takes. */
import type { z } from 'zod';

export interface Leaf {
  /** `sip.udpPort` */
  readonly path: string;
  /** `RINGDOWN_SIP_UDP_PORT` */
  readonly env: string;
  /** `--sip-udp-port` */
  readonly flag: string;
  readonly takes: 'text' | 'number' | 'boolean' | 'list';
  readonly about: string;
}

interface Inside {
  readonly def: { readonly type: string; readonly innerType?: z.ZodType };
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly description?: string;
}

export function listLeaves(schema: z.ZodType, path: readonly string[] = []): readonly Leaf[] {
  let inside = schema as unknown as Inside;
  let about = inside.description ?? '';
  while (inside.def.innerType !== undefined) {
    inside = inside.def.innerType as unknown as Inside;
    about ||= inside.description ?? '';
  }
  if (inside.shape !== undefined) {
    return Object.entries(inside.shape).flatMap(([key, field]) => listLeaves(field, [...path, key]));
  }
  const words = path.flatMap((part) => part.replaceAll(/[A-Z]/g, (letter) => ` ${letter}`).split(' '));
  return [
    {
      path: path.join('.'),
      env: `RINGDOWN_${words.join('_').toUpperCase()}`,
      flag: `--${words.join('-').toLowerCase()}`,
      takes: takesOf(inside.def.type),
      about,
    },
  ];
}

function takesOf(type: string): Leaf['takes'] {
  if (type === 'number' || type === 'int') return 'number';
  if (type === 'boolean') return 'boolean';
  return type === 'array' ? 'list' : 'text';
}

/** Text from the environment or a flag as the value the schema wants; what does not fit stays text, for the schema to refuse. */
export function valueOfText(leaf: Leaf, text: string): unknown {
  if (leaf.takes === 'number') return /^-?\d+$/.test(text.trim()) ? Number(text) : text;
  if (leaf.takes === 'boolean')
    return { true: true, yes: true, '1': true, false: false, no: false, '0': false }[text] ?? text;
  if (leaf.takes === 'list') return text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
  return text;
}
