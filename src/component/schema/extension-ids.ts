import type { z } from 'zod';
import type { Capability } from '../capability.js';
import { kinds } from './schema.js';

/** One place in a configuration that names an extension. */
export interface ExtensionId {
  readonly id: string;
  readonly capability: Capability;
  /** Below the schema's value. */
  readonly path: readonly (string | number)[];
}

/** Every extension that a decoded value of `schema` names. */
export function extensionIds(schema: z.ZodType, value: unknown): readonly ExtensionId[] {
  const found: ExtensionId[] = [];
  collect(schema, value, [], found);
  return found;
}

function collect(schema: z.ZodType, value: unknown, path: readonly (string | number)[], found: ExtensionId[]): void {
  const kind = kinds.get(schema);
  switch (kind?.kind) {
    case 'text':
      if (kind.extension && typeof value === 'string' && !(kind.extension.optional && value === ''))
        found.push({ id: value, capability: kind.extension.capability, path });
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
