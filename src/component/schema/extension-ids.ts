import type { z } from 'zod';
import type { Capability } from '../capability.js';
import { textValues } from './text-values.js';

/** One place in a configuration that names an extension. */
export interface ExtensionId {
  readonly id: string;
  readonly capability: Capability;
  /** Below the schema's value. */
  readonly path: readonly (string | number)[];
}

/** Every extension that a decoded value of `schema` names. */
export function extensionIds(schema: z.ZodType, value: unknown): readonly ExtensionId[] {
  return textValues(schema, value).flatMap(({ kind: { extension }, text: id, path }) =>
    extension && !(extension.optional && id === '') ? [{ id, capability: extension.capability, path }] : [],
  );
}
