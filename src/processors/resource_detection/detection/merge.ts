import type { AttributeValue } from '../../../otlp/build/any-value.js';
import type { Detected } from './detector.js';

/** The findings of all detectors together; another object each time that they change. */
export interface DetectedResource {
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** '' for none. */
  readonly schemaUrl: string;
}

export const nothingDetected: DetectedResource = { attributes: new Map(), schemaUrl: '' };

/**
 * The findings in the order of the detectors: the first that has an attribute, or a schema URL, counts. `only`: the
 * attributes that are wanted; all when it is empty.
 */
export function merged(findings: readonly (Detected | undefined)[], only: readonly string[]): DetectedResource {
  const attributes = new Map<string, AttributeValue>();
  let schemaUrl = '';
  for (const each of findings) {
    if (each === undefined) continue;
    schemaUrl ||= each.schemaUrl;
    if (each.kind === 'absent') continue;
    for (const [name, value] of each.attributes)
      if (!attributes.has(name) && (only.length === 0 || only.includes(name))) attributes.set(name, value);
  }
  return { attributes, schemaUrl };
}

export function isSameResource(one: DetectedResource, other: DetectedResource): boolean {
  const text = ({ attributes, schemaUrl }: DetectedResource): string => JSON.stringify([[...attributes], schemaUrl]);
  return text(one) === text(other);
}
