import type { PointDraft } from '../../otlp/draft/point-draft.js';
import { key, type Key } from '../../otlp/view/key.js';
import type { Range } from '../../otlp/view/range.js';
import { pattern, type Match, type Pattern } from '../../pattern/pattern.js';
import type { TransformConfig } from './config.js';

/** Which metrics and points a transform is about. */
export class TransformFilter {
  readonly pattern: Pattern | undefined;
  readonly #name: Key;
  /** By label. */
  readonly #labels: readonly (readonly [label: string, test: (text: string) => boolean])[];

  constructor({ include, metric_name, match_type, experimental_match_labels }: TransformConfig) {
    const isPattern = match_type === 'regexp';
    const name = include === '' ? metric_name : include;
    this.#name = key(name);
    this.pattern = isPattern ? pattern(name) : undefined;
    this.#labels = Object.entries(experimental_match_labels).map(([label, value]) => {
      const compiled = isPattern ? pattern(value) : undefined;
      return [label, compiled ? (text) => compiled.test(text) : (text) => text === value];
    });
  }

  /** Whether only some points of a metric may be meant. */
  get hasLabels(): boolean {
    return this.#labels.length > 0;
  }

  isNamed(name: Range | string): boolean {
    if (typeof name === 'string') return this.pattern ? this.pattern.test(name) : name === this.#name.text;
    return this.pattern ? this.pattern.testBytes(name.bytes, name.start, name.end) : name.is(this.#name);
  }

  /** The match of a name with the pattern. */
  match(name: string): Match | undefined {
    return this.pattern?.find(name);
  }

  /** Whether a point has all labels. One that is not there, or is no text, counts as the empty text. */
  hasPoint(point: PointDraft): boolean {
    return this.#labels.every(([label, test]) => test(point.label(label)?.text ?? ''));
  }
}
