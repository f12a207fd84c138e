import type { MessageEditor } from '../../otlp/edit/message-editor.js';
import type { AttributedView } from '../../otlp/view/attributes.js';
import { key, type Key } from '../../otlp/view/key.js';
import { ValueView } from '../../otlp/view/value.js';

export type Treatment = 'redacted' | 'masked' | 'allowed' | 'ignored';

const treatments: readonly Treatment[] = ['redacted', 'masked', 'allowed', 'ignored'];
const prefixes = ['redaction', 'redaction.body'] as const;

/** All keys of attributes that summaries are written to. Of what was ignored there is no list. */
export const summaryKeys: readonly string[] = prefixes.flatMap((prefix) =>
  treatments.flatMap((treatment) => [
    ...(treatment === 'ignored' ? [] : [`${prefix}.${treatment}.keys`]),
    `${prefix}.${treatment}.count`,
  ]),
);

/** UTF-16 units of the keys that one list shows: paths in a body repeat what a sender chose. */
const longestList = 1 << 14;

interface Tally {
  readonly keysAttribute: Key;
  readonly countAttribute: Key;
  readonly keys: string[];
  size: number;
  count: number;
}

/** Counts what was done to the attributes of a message, or to a body, and writes it as attributes. */
export class Summary {
  readonly #level: 'debug' | 'info' | 'silent';
  readonly #tallies: ReadonlyMap<Treatment, Tally>;
  readonly #value: ValueView = new ValueView();

  constructor(level: string, prefix: (typeof prefixes)[number]) {
    this.#level = level === 'debug' || level === 'info' ? level : 'silent';
    this.#tallies = new Map(
      treatments.map((treatment) => [
        treatment,
        {
          keysAttribute: key(`${prefix}.${treatment}.keys`),
          countAttribute: key(`${prefix}.${treatment}.count`),
          ...{ keys: [], size: 0, count: 0 },
        },
      ]),
    );
  }

  clear(): void {
    for (const tally of this.#tallies.values()) {
      tally.keys.length = 0;
      tally.size = tally.count = 0;
    }
  }

  /** `name`: asked for where it is listed. */
  note(treatment: Treatment, name: { toString(): string }): void {
    const tally = this.#tallies.get(treatment);
    if (this.#level === 'silent' || tally === undefined) return;
    tally.count++;
    if (this.#level !== 'debug' || treatment === 'ignored' || tally.size > longestList) return;
    const text = name.toString();
    tally.size += text.length;
    if (tally.size <= longestList) tally.keys.push(text);
  }

  /** Writes what was counted beside what stands there, and returns about by how many bytes the message has grown. */
  write(view: () => AttributedView, editor: () => MessageEditor): number {
    let growth = 0;
    if (this.#level === 'silent') return growth;
    for (const { count, keys, size, keysAttribute, countAttribute } of this.#tallies.values()) {
      if (count === 0) continue;
      const value = this.#value;
      if (keys.length > 0) {
        const before = view().attribute(keysAttribute, value) ? value.string.toString() : '';
        const all = before === '' ? keys : [...keys, ...before.split(',')];
        editor().setAttribute(keysAttribute, all.toSorted().join(','));
        growth += size + keysAttribute.bytes.length;
      }
      const before = view().attribute(countAttribute, value) ? value.int.toSigned() : 0;
      editor().setAttribute(countAttribute, before + count);
      growth += countAttribute.bytes.length + 16;
    }
    return growth;
  }
}
