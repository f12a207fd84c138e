import { group, list, text } from '../../../component/schema/schema.js';
import type { AttributeValue } from '../../../otlp/build/any-value.js';
import type { DetectorKind } from '../detection/detector.js';

export interface EnvOptions {
  readonly allowlist: readonly string[];
}

/** Characters of a key or a value. */
const longest = 256;

/** `OTEL_RESOURCE_ATTRIBUTES`, or the older `OTEL_RESOURCE`: pairs `key=value`, separated by commas. */
export const env: DetectorKind<EnvOptions> = {
  config: group<EnvOptions>({
    allowlist: list(text(), [], { about: 'Keys that are taken; all when empty.' }),
  }),
  create({ allowlist }, services) {
    return {
      detect: () => {
        const attributes = new Map<string, AttributeValue>();
        for (const [key, value] of resourceAttributes(services.env))
          if (allowlist.length === 0 || allowlist.includes(key)) attributes.set(key, value);
        return Promise.resolve({ kind: 'found', attributes, schemaUrl: '' });
      },
    };
  },
};

/** The pairs in the environment. Throws where the text is none, in the Collector's words. */
export function resourceAttributes(environment: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const source = (environment['OTEL_RESOURCE_ATTRIBUTES'] ?? '').trim() || (environment['OTEL_RESOURCE'] ?? '').trim();
  const pairs = new Map<string, string>();
  let at = 0;
  while (at < source.length) {
    // All up to the next `=` is the key: a comma in it as well. A key has one character at least.
    const equals = source.indexOf('=', at + 1);
    if (equals < 0) {
      // Text behind the last comma that has no value.
      if (at === 0) throw new Error(`invalid resource format: ${JSON.stringify(source)}`);
      throw new Error(`invalid resource format, invalid text: ${JSON.stringify(source.slice(at))}`);
    }
    const comma = source.indexOf(',', equals);
    const end = comma < 0 ? source.length : comma;
    const key = source.slice(at, equals).trim();
    const value = source.slice(equals + 1, end).trim();
    const whole = source.slice(at, comma < 0 ? end : end + 1);
    if (key === '' || key.length > longest || value.length > longest || !isAscii(key) || !isAscii(value))
      throw new Error(`invalid resource format, invalid text: ${JSON.stringify(whole)}`);
    pairs.set(key, decoded(value, whole));
    at = end + 1;
  }
  return pairs;
}

/** Decodes a value as that of a query: `+` is a blank. */
function decoded(value: string, whole: string): string {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(value)?.[0];
  if (wrong !== undefined)
    throw new Error(
      `invalid resource format in attribute: ${JSON.stringify(whole)}, ` +
        `err: invalid URL escape ${JSON.stringify(wrong)}`,
    );
  // Bytes that are no UTF-8 become replacement characters, as no attribute can hold them.
  const bytes = value
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
