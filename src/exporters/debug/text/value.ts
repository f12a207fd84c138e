import type { KeyValueView, ValueType, ValueView } from '../../../otlp/view/value.js';
import type { DictionaryTables } from './dictionary-tables.js';
import { Members } from './members.js';
import { signedText } from './number.js';
import type { TextPage, Writing } from './text-page.js';

/** Values deeper than this are cut: showing them would need a stack as deep. */
const deepest = 200;

const typeNames: Readonly<Record<Exclude<ValueType, 'empty'>, string>> = {
  string: 'Str',
  reference: 'Str',
  bool: 'Bool',
  int: 'Int',
  double: 'Double',
  array: 'Slice',
  map: 'Map',
  bytes: 'Bytes',
};

/** The value as bare text: `x`, `5`, `["x",1]`. */
export function* writePlain(page: TextPage, value: ValueView, tables?: DictionaryTables): Writing {
  switch (value.type) {
    case 'string':
      page.addText(value.string);
      return;
    case 'reference':
      tables?.addString(page, value.stringIndex);
      return;
    case 'bytes':
      page.addBase64(value.bytesValue);
      return;
    case 'empty':
      return;
    default:
      yield* writeJson(page, value, 0);
  }
}

/** The value with its type: `Str(x)`, `Int(5)`, `Slice(["x",1])`. */
export function* writeTyped(page: TextPage, value: ValueView, tables?: DictionaryTables): Writing {
  const { type } = value;
  if (type === 'empty') {
    page.add('Empty()');
    return;
  }
  page.add(`${typeNames[type]}(`);
  yield* writePlain(page, value, tables);
  page.add(')');
}

/** A key stands in the attribute itself, or in the table of texts, whose first one is "none". */
export function addKey(page: TextPage, attribute: KeyValueView, tables?: DictionaryTables): void {
  if (attribute.key.length > 0) page.addText(attribute.key);
  else if (attribute.keyStrindex !== 0) tables?.addString(page, attribute.keyStrindex);
}

function* writeJson(page: TextPage, value: ValueView, depth: number): Writing {
  if (depth > deepest) {
    page.add('"..."');
    return;
  }
  switch (value.type) {
    case 'string':
      page.addQuoted(value.string);
      return;
    case 'bytes':
      page.add('"');
      page.addBase64(value.bytesValue);
      page.add('"');
      return;
    case 'bool':
      page.add(String(value.bool));
      return;
    case 'int':
      page.add(signedText(value.int));
      return;
    case 'double':
      // JSON has no such numbers.
      page.add(depth === 0 || Number.isFinite(value.double) ? String(value.double) : `"${value.double}"`);
      return;
    case 'array':
      yield* writeList(page, value, depth);
      return;
    case 'map':
      yield* writeMap(page, value, depth);
      return;
    default:
      page.add('null');
  }
}

function* writeList(page: TextPage, value: ValueView, depth: number): Writing {
  page.add('[');
  let between = '';
  for (const element = value.elements(); element.next(); between = ',') {
    page.add(between);
    page.readMessage(element);
    yield* writeJson(page, element, depth + 1);
    if (page.isFull) yield;
  }
  page.add(']');
}

function* writeMap(page: TextPage, value: ValueView, depth: number): Writing {
  const members = new Members(value.backing.bytes);
  const member = value.entries();
  yield* members.read(page, member);
  page.add('{');
  for (let i = 0; i < members.count; i++) {
    member.move(value.backing, members.start(i), members.end(i));
    page.add(i === 0 ? '' : ',');
    page.addQuoted(member.key);
    page.add(':');
    yield* writeJson(page, member.value, depth + 1);
    if (page.isFull) yield;
  }
  page.add('}');
}
