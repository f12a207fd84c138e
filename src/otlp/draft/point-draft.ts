import type { MessageWriter } from '../build/message-writer.js';
import { takeMessages } from './field-runs.js';
import { PointLabel } from './point-label.js';

/** A data point that is taken apart: its labels, and its other fields as they came. */
export class PointDraft {
  /** In their order. Of a key that stands twice the first counts. */
  labels: readonly PointLabel[];
  /** The fields beside the labels. */
  fields: Buffer;

  constructor(labels: readonly PointLabel[], fields: Buffer) {
    this.labels = labels;
    this.fields = fields;
  }

  /** Reads the body of a point whose attributes have a tag. */
  static read(body: Buffer, attributesTag: number): PointDraft {
    const labels: PointLabel[] = [];
    const fields = takeMessages(body, attributesTag, (pair) => labels.push(PointLabel.read(pair)));
    return new PointDraft(labels, fields);
  }

  clone(): PointDraft {
    return new PointDraft(this.labels, this.fields);
  }

  label(key: string): PointLabel | undefined {
    return this.labels.find((label) => label.key === key);
  }

  /** Sets a label to a text; one that was there keeps its place. False when it had that text. */
  setLabel(key: string, text: string): boolean {
    const before = this.label(key);
    if (before?.text === text) return false;
    this.#put(before, PointLabel.of(key, text));
    return true;
  }

  /** Gives a label another key; one that has the key already goes. False when there is none of key `from`. */
  renameLabel(from: string, to: string): boolean {
    const before = this.label(from);
    if (before === undefined || from === to) return false;
    this.#put(before, before.renamed(to));
    return true;
  }

  /** Leaves only labels with some keys, each once. False when there were no others. */
  keepLabels(keys: ReadonlySet<string>): boolean {
    const seen = new Set<string>();
    const left = this.labels.filter(({ key }) => keys.has(key) && !seen.has(key) && seen.add(key));
    if (left.length === this.labels.length) return false;
    this.labels = left;
    return true;
  }

  write(writer: MessageWriter, attributesTag: number): void {
    writer.rawRun(this.fields, 0, this.fields.length);
    for (const { body } of this.labels) {
      writer.tag(attributesTag);
      writer.delimited(body);
    }
  }

  /** Puts a label in the place of another one, and takes out all others with the key of either. */
  #put(place: PointLabel | undefined, label: PointLabel): void {
    const left = this.labels.filter((one) => one === place || (one.key !== label.key && one.key !== place?.key));
    this.labels = place ? left.map((one) => (one === place ? label : one)) : [...left, label];
  }
}
