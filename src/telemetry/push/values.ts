import type { Attributes } from '../../component/telemetry.js';
import type { AttributeValue } from '../../otlp/build/any-value.js';
import type { Builder } from '../../otlp/build/builder.js';

/** The sender of the records: the attributes of its resource, and the name and version of its scope. */
export interface OwnOrigin {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
}

/** Adds attributes to the message that was opened last. */
export function addAll<B extends Builder>(builder: B, attributes: Attributes): B {
  for (const key in attributes) builder.attribute(key, valueOf(attributes[key]));
  return builder;
}

/** Text, numbers and booleans are what they are; anything else becomes JSON. */
export function valueOf(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
    case 'bigint':
      return value;
    default:
      return value instanceof Error ? value.message : (JSON.stringify(value) ?? '');
  }
}
