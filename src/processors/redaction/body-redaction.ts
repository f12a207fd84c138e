import type { MessageEditor } from '../../otlp/edit/message-editor.js';
import type { AttributeValue } from '../../otlp/build/any-value.js';
import { valueText } from '../../otlp/keys/value-text.js';
import type { LogRecordView } from '../../otlp/view/log-record.js';
import type { Range } from '../../otlp/view/range.js';
import { ValueView } from '../../otlp/view/value.js';
import type { Config } from './config.js';
import type { KeyRules } from './key-rules.js';
import type { Sanitizers } from './sanitizers.js';
import { Summary } from './summary.js';
import type { ValueMasks } from './value-masks.js';

/** Values that lie deeper in a body are masked as a whole. */
const deepest = 64;

/** Removes and masks parts of the bodies of log records. */
export class BodyRedaction {
  readonly #keys: KeyRules;
  readonly #values: ValueMasks;
  readonly #sanitizers: Sanitizers;
  readonly #summary: Summary;
  readonly #grow: (bytes: number) => void;
  #isChanged = false;

  /** `grow`: is given the bytes by which a record becomes longer, before they are kept. */
  constructor(
    config: Config,
    keys: KeyRules,
    values: ValueMasks,
    sanitizers: Sanitizers,
    grow: (bytes: number) => void,
  ) {
    this.#grow = grow;
    this.#keys = keys;
    this.#values = values;
    this.#sanitizers = sanitizers;
    this.#summary = new Summary(config.summary, 'redaction.body');
  }

  /** `body` opens the body to set it. */
  redact(record: () => LogRecordView, editor: () => MessageEditor, body: () => MessageEditor): void {
    const given = record().body;
    const { type } = given;
    if (type === 'empty') return;
    this.#summary.clear();
    this.#isChanged = false;
    // A text that is allowed stays without a word, as in the Collector.
    const isNested = type === 'map' || type === 'array';
    if (!isNested && this.#values.allows(textOf(given))) return;
    const changed = this.#redacted(given, isNested ? '' : 'body', 0);
    if (this.#isChanged) body().setValue(changed);
    this.#grow(this.#summary.write(record, editor));
  }

  /** The value without what is redacted. `path`: of its keys. */
  #redacted(value: ValueView, path: string, depth: number): AttributeValue {
    const { type } = value;
    if (type !== 'map' && type !== 'array') return this.#redactedText(value, path);
    if (depth >= deepest) return this.#changed(path, this.#values.maskedWhole(''));
    if (type === 'array') {
      const list: AttributeValue[] = [];
      for (const element = value.elements(); element.next();)
        list.push(this.#redacted(element, within(path, `[${list.length}]`), depth + 1));
      return list;
    }
    const map = new Map<string, AttributeValue>();
    for (const entry = value.entries(); entry.next();) {
      const { key: name } = entry;
      const text = name.toString();
      const place = within(path, text);
      const isIgnored = this.#keys.ignores(name);
      if (isIgnored) this.#summary.note('ignored', place);
      if (!isIgnored && this.#keys.removes(name)) {
        this.#isChanged = true;
        this.#summary.note('redacted', place);
      } else if (isIgnored) map.set(text, copied(entry.value));
      else if (this.#keys.masks(name))
        map.set(text, this.#changed(place, this.#values.maskedWhole(entry.value.string.toString())));
      else map.set(text, this.#redacted(entry.value, place, depth + 1));
    }
    return map;
  }

  #redactedText(value: ValueView, path: string): AttributeValue {
    const text = textOf(value);
    if (value.type !== 'empty' && this.#values.allows(text)) this.#summary.note('allowed', path);
    else {
      const masked = value.type === 'empty' ? undefined : this.#sanitized(text);
      if (masked !== undefined) return this.#changed(path, masked);
    }
    return copied(value);
  }

  #sanitized(text: Range | string): string | undefined {
    const masked = this.#values.masked(text);
    if (!this.#sanitizers.looksAtBodies) return masked;
    const given = text.toString();
    const sanitized = this.#sanitizers.body(masked ?? given);
    return sanitized === given ? undefined : sanitized;
  }

  #changed(path: string, masked: string): string {
    this.#grow(masked.length);
    this.#isChanged = true;
    this.#summary.note('masked', path);
    return masked;
  }
}

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function textOf(value: ValueView): Range | string {
  return value.type === 'string' ? value.string : valueText(value);
}

/** The same value, for when the view has moved on. */
function copied(value: ValueView): ValueView {
  const copy = new ValueView();
  copy.fields.copy(value.fields);
  return copy;
}
