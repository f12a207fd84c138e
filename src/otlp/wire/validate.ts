import { Batch } from '../batch.js';
import { migrateDeprecatedScopes } from './deprecated-scopes.js';
import { scan } from './scan.js';
import type { Signal } from '../signal.js';

/**
 * Visits every field of an export request once, without recursion, and leaves a batch with its index. Accepts what the
 * Collector accepts (test/recorded/otlp): any order, unknown fields, packed or not, over-long varints up to ten bytes,
 * invalid UTF-8.
 * @throws InvalidOtlp with the byte offset and the path of the field.
 */
export function validate(signal: Signal, bytes: Uint8Array): Batch {
  const found = scan(signal, bytes);
  if (!found.reserved) return new Batch(signal, bytes, found.count, found.index);
  const lifted = migrateDeprecatedScopes(bytes);
  const again = scan(signal, lifted);
  return new Batch(signal, lifted, again.count, again.index);
}
