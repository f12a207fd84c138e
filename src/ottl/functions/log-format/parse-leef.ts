import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { string } from '../../parameters.js';
import type { MapValue, Value } from '../../value.js';
import { goQuoted } from '../../../strconv/quoted.js';

const names = ['leef.vendor', 'leef.product.name', 'leef.product.version', 'leef.event.id'];

/** Reads a message in IBM's Log Event Extended Format, version 1.0 or 2.0. */
export const parseLeef: Converter = converter('ParseLEEF', { target: string() }, ({ target }) => (scene) => {
  const text = target.get(scene);
  if (text === '') throw new OttlError('cannot parse empty LEEF message');
  const start = text.indexOf('LEEF:');
  if (start === -1) throw new OttlError("invalid LEEF message: 'LEEF:' not found");
  const bar = text.indexOf('|', start);
  if (bar === -1) throw new OttlError('invalid LEEF message: missing pipe delimiter in header');
  const version = text.slice(start + 'LEEF:'.length, bar);
  if (version !== '1.0' && version !== '2.0')
    throw new OttlError(`unsupported LEEF version: ${version.slice(0, 100)} (supported: 1.0, 2.0)`);
  const { fields, delimiter, attributes } = partsOf(text.slice(bar + 1), version);
  const result = new Map<string, Value>([['leef.version', version]]);
  for (const [index, name] of names.entries()) result.set(name, fields[index] ?? '');
  result.set('leef.attributes', attributesOf(attributes, delimiter));
  return result;
});

interface Parts {
  readonly fields: readonly string[];
  readonly delimiter: string;
  readonly attributes: string;
}

function partsOf(text: string, version: '1.0' | '2.0'): Parts {
  if (version === '1.0') {
    const fields = splitHeader(text, 4);
    if (fields.length < 4)
      throw new OttlError(
        'invalid LEEF 1.0 header: expected at least 4 fields (vendor, product, version, eventID), ' +
          `got ${fields.length}`,
      );
    return { fields, delimiter: '\t', attributes: fields[4] ?? '' };
  }
  const fields = splitHeader(text, 5);
  if (fields.length < 5)
    throw new OttlError(
      'invalid LEEF 2.0 header: expected at least 5 fields (vendor, product, version, eventID, delimiter), ' +
        `got ${fields.length}`,
    );
  return { fields, delimiter: delimiterOf(fields[4] ?? ''), attributes: fields[5] ?? '' };
}

/** The fields in front of so many bars, and the rest. */
function splitHeader(text: string, bars: number): string[] {
  const fields: string[] = [];
  let from = 0;
  while (fields.length < bars) {
    const bar = text.indexOf('|', from);
    if (bar === -1) break;
    fields.push(text.slice(from, bar));
    from = bar + 1;
  }
  return [...fields, text.slice(from)];
}

/** A text that stands between attributes, or its character in hexadecimal digits: `0x09`. */
function delimiterOf(text: string): string {
  if (text === '') return '\t';
  if (!/^0x/i.test(text)) return text;
  const digits = text.slice(2);
  if (digits === '') return invalid('empty hex value');
  if (digits.length % 2 === 1)
    return invalid(`invalid hex delimiter ${goQuoted(text)}: encoding/hex: odd length hex string`);
  if (/[^0-9a-f]/i.test(digits)) return invalid(`invalid hex delimiter ${goQuoted(text)}`);
  if (digits.length !== 2) return invalid(`hex delimiter must decode to a single byte, got ${digits.length / 2} bytes`);
  return String.fromCharCode(Number.parseInt(digits, 16));
}

function invalid(problem: string): never {
  throw new OttlError(`invalid LEEF 2.0 delimiter: ${problem}`);
}

function attributesOf(text: string, delimiter: string): MapValue {
  const attributes = new Map<string, string>();
  for (const part of text.split(delimiter)) {
    const pair = part.trim();
    const equals = pair.indexOf('=');
    if (equals > 0) attributes.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return attributes;
}
