import { goJson } from '../go-json.js';
import { OttlError } from '../ottl-error.js';
import type { Value } from '../value.js';

/** An attribute as a text: nothing as '', bytes in base64, lists and maps as JSON. */
export function attributeText(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return '';
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return floatText(value);
    default:
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : jsonOrNothing(value);
  }
}

/** As JSON writes it: with an exponent below 1e-6 and from 1e21 on. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'json: unsupported value: NaN';
  if (!Number.isFinite(value)) return `json: unsupported value: ${value > 0 ? '+Inf' : '-Inf'}`;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A NaN has no JSON, for which upstream has no text. */
function jsonOrNothing(value: Value): string {
  try {
    return goJson(value);
  } catch (error) {
    if (error instanceof OttlError) return '';
    throw error;
  }
}
