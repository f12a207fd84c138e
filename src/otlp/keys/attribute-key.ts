import type { AttributedView } from '../view/attributes.js';
import { key, type Key } from '../view/key.js';
import { ValueView } from '../view/value.js';
import { crc32, crc32Of } from './crc32.js';
import { valueText } from './value-text.js';

/** Where an attribute was found; the order of the levels is the order of the hashed bytes of logs and metrics. */
type Level = 0 | 1 | 2;
const resource: Level = 0;
const scope: Level = 1;
const item: Level = 2;
const levels: readonly Level[] = [resource, scope, item];

/**
 * Names that stand for fields of an item, behind resource and scope but before its own attributes. Each continues a
 * hash.
 */
export type FieldHashes<Item> = Readonly<Record<string, (view: Item, hash: number) => number>>;

interface Wanted<Item> {
  readonly key: Key;
  /** `name=`, what is hashed before the value. */
  readonly prefix: Buffer;
  /** Hashes a field of the item in place of an attribute, such as `span.kind`. */
  readonly field: ((view: Item, hash: number) => number) | undefined;
  level: Level;
  /** Its value, when it stands above the items. */
  readonly value: ValueView;
}

const bar = Buffer.from('|');
const found = new ValueView();

/** The attributes that make up a routing key, and where those above the current item were found. */
export class AttributeKey<Item extends AttributedView> {
  readonly #wanted: readonly Wanted<Item>[];
  readonly #asConfigured: boolean;

  /**
   * @param asConfigured - hash in the order of the names, else what the resource has before what the scope has before
   * the rest
   */
  constructor(names: readonly string[], fields: FieldHashes<Item>, asConfigured: boolean) {
    this.#wanted = names.map((name) => ({
      key: key(name),
      prefix: Buffer.from(`${name}=`),
      field: Object.hasOwn(fields, name) ? fields[name] : undefined,
      level: item,
      value: new ValueView(),
    }));
    this.#asConfigured = asConfigured;
  }

  /** Everything was found above the items: all items of the scope have one key. */
  get isComplete(): boolean {
    return this.#wanted.every(({ level }) => level !== item);
  }

  enterResource(view: AttributedView): void {
    this.#enter(view, resource);
  }

  enterScope(view: AttributedView): void {
    this.#enter(view, scope);
  }

  /** CRC-32 of the key of an item, which may be left out when the key is complete. */
  hash(view: Item | undefined): number {
    let hash = 0;
    if (this.#asConfigured) {
      for (const one of this.#wanted) hash = hashOne(view, one, hash);
      return hash;
    }
    for (const level of levels)
      for (const one of this.#wanted) if (one.level === level) hash = hashOne(view, one, hash);
    return hash;
  }

  /** Forgets what was found at `level` and below, and looks there for what is missing. */
  #enter(view: AttributedView, level: Level): void {
    for (const one of this.#wanted) {
      if (one.level >= level) one.level = item;
      if (one.level === item && view.attribute(one.key, one.value)) one.level = level;
    }
  }
}

function hashOne<Item extends AttributedView>(view: Item | undefined, one: Wanted<Item>, before: number): number {
  let hash = crc32(one.prefix, 0, one.prefix.length, before);
  if (one.level !== item) hash = hashOfValue(one.value, hash);
  else if (view !== undefined && one.field) hash = one.field(view, hash);
  else if (view?.attribute(one.key, found) === true) hash = hashOfValue(found, hash);
  return crc32(bar, 0, 1, hash);
}

/** Continues a hash with a value as the Collector prints it. */
export function hashOfValue(value: ValueView, hash: number): number {
  if (value.type === 'string') return crc32Of(value.string, hash);
  const text = Buffer.from(valueText(value));
  return crc32(text, 0, text.length, hash);
}
