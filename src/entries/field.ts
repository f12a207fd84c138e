import type { TextFault } from '../component/config-value-error.js';
import { text, type Docs, type Schema } from '../component/schema/schema.js';
import { EntryMap } from './entry-map.js';
import type { EntryValue } from './entry-value.js';
import type { LogEntry } from './entry.js';
import { fieldKeys } from './field-keys.js';
import { EntryFailure } from './operator.js';

const sections = ['body', 'attributes', 'resource'] as const;
type Section = (typeof sections)[number];

/** A path into an entry, compiled once (docs/spec/agent.md#stanza-expressions). */
export class EntryField {
  /** As it was written. */
  readonly text: string;
  readonly section: Section;
  /** Below the section. */
  readonly keys: readonly string[];
  readonly #last: string | undefined;

  constructor(text: string, section: Section, keys: readonly string[]) {
    this.text = text;
    this.section = section;
    this.keys = keys;
    this.#last = keys.at(-1);
  }

  /** The name of the attribute that it is; undefined for any other field. */
  get attribute(): string | undefined {
    return this.section === 'attributes' && this.keys.length === 1 ? this.keys[0] : undefined;
  }

  /** Undefined when it does not exist; null is a value. */
  get(entry: LogEntry): EntryValue | undefined {
    const { keys } = this;
    if (this.#last === undefined) return this.#whole(entry);
    let map: ReadonlyMap<string, EntryValue> | undefined = this.#root(entry);
    for (let i = 0; i < keys.length - 1 && map !== undefined; i++) map = asMap(map.get(keys[i] ?? ''));
    return map?.get(this.#last);
  }

  /** The map that has the field under its last key, for one that lies right below a section; it is only read. */
  mapAround(entry: LogEntry): EntryMap | undefined {
    return this.keys.length === 1 ? asMap(this.#root(entry)) : undefined;
  }

  /**
   * Sets the field; whatever stands in the way of the path is replaced by maps. The entries of a map are added to those
   * that are there.
   */
  set(entry: LogEntry, value: EntryValue): EntryFailure | undefined {
    if (value instanceof EntryMap) {
      const target = this.map(entry);
      if (target !== value) for (let i = 0; i < value.size; i++) target.setFrom(value, i);
      return undefined;
    }
    if (this.#last !== undefined) this.#made(entry, this.keys.length - 1).set(this.#last, value);
    else if (this.section === 'body') entry.body = value;
    else return new EntryFailure(`cannot set ${this.section} root`);
    return undefined;
  }

  /** The map at the field, to add to; made when there is none. */
  map(entry: LogEntry): EntryMap {
    return this.#made(entry, this.keys.length);
  }

  /** Takes the field out of the entry and returns it; undefined when it does not exist. */
  take(entry: LogEntry): EntryValue | undefined {
    const last = this.#last;
    if (last === undefined) {
      const whole = this.#whole(entry);
      if (this.section === 'body') entry.body = null;
      else if (this.section === 'attributes') entry.attributes = new EntryMap();
      else entry.resource = new EntryMap();
      return whole;
    }
    if (this.section === 'resource') entry.ownResource();
    let map = asMap(this.#root(entry));
    for (let i = 0; i < this.keys.length - 1 && map !== undefined; i++) map = asMap(map.get(this.keys[i] ?? ''));
    const value = map?.get(last);
    if (value !== undefined) map?.delete(last);
    return value;
  }

  #whole(entry: LogEntry): EntryValue {
    if (this.section === 'body') return entry.body;
    return this.section === 'attributes' ? entry.attributes : entry.ownResource();
  }

  /** To read from. */
  #root(entry: LogEntry): ReadonlyMap<string, EntryValue> | undefined {
    if (this.section === 'attributes') return entry.attributes;
    if (this.section === 'resource') return entry.resource;
    return entry.isLine ? undefined : asMap(entry.body);
  }

  /** The map `depth` keys below the section, and the maps on the way there. */
  #made(entry: LogEntry, depth: number): EntryMap {
    let map: EntryMap;
    if (this.section === 'attributes') map = entry.attributes;
    else if (this.section === 'resource') map = entry.ownResource();
    else {
      const { body } = entry;
      map = body instanceof EntryMap ? body : new EntryMap();
      if (map !== body) entry.body = map;
    }
    for (let i = 0; i < depth; i++) {
      const key = this.keys[i] ?? '';
      const below = map.get(key);
      if (below instanceof EntryMap) map = below;
      else {
        const made = new EntryMap();
        map.set(key, made);
        map = made;
      }
    }
    return map;
  }
}

function asMap(value: unknown): EntryMap | undefined {
  return value instanceof EntryMap ? value : undefined;
}

/** Where a field may point at the whole of the attributes or of the resource. */
export type Rooted = 'rooted' | 'below';

/** The fault of a field; undefined when it is good. */
export function fieldFault(written: string, rooted: Rooted): TextFault | undefined {
  const keys = fieldKeys(written);
  if (!Array.isArray(keys)) return keys as TextFault;
  const [prefix = ''] = keys as readonly string[];
  if (!isSection(prefix))
    return {
      message: `unrecognized prefix ${JSON.stringify(prefix)}: a field begins with body, attributes or resource`,
      at: { offset: 0, length: prefix.length },
      hint: prefix.startsWith('$')
        ? `Write it without the $: ${written.slice(1)}.`
        : `Write body.${written}, attributes.${written} or resource.${written}.`,
    };
  if (keys.length === 1 && prefix !== 'body' && rooted === 'below')
    return { message: `${prefix} cannot be referenced without subfield`, hint: `Name one of them: ${prefix}.name.` };
  return undefined;
}

/** A field of the configuration, which `field` has checked. */
export function compileField(written: string): EntryField {
  const keys = fieldKeys(written) as readonly string[];
  const [section = 'body', ...below] = keys;
  return new EntryField(written, section as Section, below);
}

/** The option that names a field; '' is none. */
export function fieldOption(fallback: string, docs: Docs, rooted: Rooted = 'below'): Schema<string> {
  return text(fallback, docs, (written) => (written === '' ? undefined : fieldFault(written, rooted)));
}

function isSection(text: string): text is Section {
  return (sections as readonly string[]).includes(text);
}
