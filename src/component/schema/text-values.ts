import type { z } from 'zod';
import { kinds, type Kind } from './schema.js';

/** One text of a configuration, and the kind of its schema. */
export interface TextValue {
  readonly kind: Extract<Kind, { kind: 'text' }>;
  readonly text: string;
  /** Below the schema's value. */
  readonly path: readonly (string | number)[];
}

/** Every text in a decoded value of `schema`, in the order of the schema. */
export function textValues(schema: z.ZodType, value: unknown): readonly TextValue[] {
  const found: TextValue[] = [];
  collect(schema, value, [], found);
  return found;
}

function collect(schema: z.ZodType, value: unknown, path: readonly (string | number)[], found: TextValue[]): void {
  const kind = kinds.get(schema);
  switch (kind?.kind) {
    case 'text':
      if (typeof value === 'string') found.push({ kind, text: value, path });
      return;
    case 'section':
      if (value !== undefined) collect(kind.element, value, path, found);
      return;
    case 'list':
      if (Array.isArray(value))
        for (const [i, item] of value.entries()) collect(kind.element, item, [...path, i], found);
      return;
    case 'map':
      if (isRecord(value))
        for (const [key, item] of Object.entries(value)) collect(kind.element, item, [...path, key], found);
      return;
    case 'variant': {
      const chosen = isRecord(value) ? kind.variants[String(value[kind.key])] : undefined;
      if (chosen) collect(chosen, value, path, found);
      return;
    }
    case 'group':
      if (isRecord(value))
        for (const [key, inner] of Object.entries(kind.shape)) collect(inner, value[key], [...path, key], found);
      return;
    default:
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
