import type { MessageEditor } from '../../otlp/edit/message-editor.js';
import { valueText } from '../../otlp/keys/value-text.js';
import type { AttributedView } from '../../otlp/view/attributes.js';
import type { Range } from '../../otlp/view/range.js';
import type { ValueView } from '../../otlp/view/value.js';
import type { Config } from './config.js';
import type { KeyRules } from './key-rules.js';
import type { Sanitizers } from './sanitizers.js';
import { Summary } from './summary.js';
import type { ValueMasks } from './value-masks.js';

/** Removes and masks the attributes of one message after the other. */
export class AttributeRedaction {
  readonly #keys: KeyRules;
  readonly #values: ValueMasks;
  readonly #sanitizers: Sanitizers;
  readonly #ofAllTypes: boolean;
  readonly #summary: Summary;
  readonly #grow: (bytes: number) => void;
  readonly #masked: Map<string, string> = new Map();
  readonly #removes = (name: Range): boolean => !this.#keys.ignores(name) && this.#keys.removes(name);

  /** `grow`: is given the bytes by which a message becomes longer, before they are kept. */
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
    this.#ofAllTypes = config.redact_all_types;
    this.#summary = new Summary(config.summary, 'redaction');
  }

  /** `view` shows the message as it is now. */
  redact(view: () => AttributedView, editor: () => MessageEditor): void {
    const masked = this.#masked;
    masked.clear();
    this.#summary.clear();
    let isRemoving = false;
    const system = this.#sanitizers.systemOf(view());
    for (const attribute = view().attributes(); attribute.next();) {
      const { key: name } = attribute;
      if (this.#keys.ignores(name)) this.#summary.note('ignored', name);
      else if (this.#keys.removes(name)) {
        isRemoving = true;
        this.#summary.note('redacted', name);
      } else this.#mask(name, attribute.value, system);
    }
    if (isRemoving) editor().deleteAttributes(this.#removes);
    if (masked.size > 0) editor().mergeAttributes(masked);
    this.#grow(this.#summary.write(view, editor));
  }

  /** Notes what a value becomes. */
  #mask(name: Range, value: ValueView, system: string): void {
    const text = this.#textOf(value);
    if (this.#values.allows(text)) {
      this.#summary.note('allowed', name);
      return;
    }
    const masked = this.#keys.masks(name)
      ? this.#values.maskedWhole(text.toString())
      : this.#sanitized(text, name, system);
    if (masked === undefined) return;
    this.#grow(masked.length - text.length);
    this.#summary.note('masked', name);
    this.#masked.set(name.toString(), masked);
  }

  /** The text without what is blocked in it, and sanitized; undefined when it is the same. */
  #sanitized(text: Range | string, name: Range, system: string): string | undefined {
    const masked = this.#values.masked(text);
    if (!this.#sanitizers.looksAt(name)) return masked;
    const given = text.toString();
    const sanitized = this.#sanitizers.attribute(masked ?? given, name, system);
    return sanitized === given ? undefined : sanitized;
  }

  /** The text that patterns are matched with; as in the Collector, '' for what is no text. */
  #textOf(value: ValueView): Range | string {
    if (value.type === 'string') return value.string;
    return this.#ofAllTypes ? valueText(value) : '';
  }
}
