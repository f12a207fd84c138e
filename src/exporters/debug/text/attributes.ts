import type { AttributedView } from '../../../otlp/view/attributes.js';
import type { KeyValueView } from '../../../otlp/view/value.js';
import type { TextPage, Writing } from './text-page.js';
import type { DictionaryTables } from './dictionary-tables.js';
import { addKey, writeTyped, writePlain } from './value.js';

/** A title and one line for each attribute; nothing when there is none. */
export function* writeAttributes(
  page: TextPage,
  title: string,
  owner: AttributedView,
  indent: string = '     ',
  tables?: DictionaryTables,
): Writing {
  let before = `${title}\n${indent}-> `;
  for (const attribute = attributesOf(page, owner); attribute.next(); before = `${indent}-> `) {
    page.add(before);
    addKey(page, attribute, tables);
    page.add(': ');
    yield* writeTyped(page, attribute.value, tables);
    page.add('\n');
    page.readMessage(attribute);
    if (page.isFull) yield;
  }
}

/** `key=value` for each attribute, with something before the first one and between them. */
export function* writePairs(
  page: TextPage,
  owner: AttributedView,
  before: string,
  between: string,
  tables?: DictionaryTables,
): Writing {
  let separator = before;
  for (const attribute = attributesOf(page, owner); attribute.next(); separator = between) {
    page.add(separator);
    addKey(page, attribute, tables);
    page.add('=');
    yield* writePlain(page, attribute.value, tables);
    page.readMessage(attribute);
    if (page.isFull) yield;
  }
}

/** Looking for a repeated field reads all of its message once more. */
function attributesOf(page: TextPage, owner: AttributedView): KeyValueView {
  page.readMessage(owner);
  return owner.attributes();
}
