import { tagOf } from '../fields.js';
import type { MessageWriter } from '../build/message-writer.js';
import { MetricPoints } from '../parts/metric-points.js';
import { RunLists } from '../parts/run-lists.js';
import type { MetricType } from '../view/metric.js';
import type { InPieces } from '../work.js';
import { fieldsWithout, takeMessages } from './field-runs.js';
import { PointDraft } from './point-draft.js';

const nameTag = tagOf('Metric', 'name');
const pointTag = tagOf('Gauge', 'data_points');

/** Points that are taken apart or written in one piece of work: some milliseconds. */
export const pointsAtOnce: number = 1 << 12;

interface DataKind {
  readonly tag: number;
  readonly attributes: number;
}
const kinds: Readonly<Record<Exclude<MetricType, 'empty'>, DataKind>> = {
  gauge: { tag: tagOf('Metric', 'gauge'), attributes: tagOf('NumberDataPoint', 'attributes') },
  sum: { tag: tagOf('Metric', 'sum'), attributes: tagOf('NumberDataPoint', 'attributes') },
  histogram: { tag: tagOf('Metric', 'histogram'), attributes: tagOf('HistogramDataPoint', 'attributes') },
  exponentialHistogram: {
    tag: tagOf('Metric', 'exponential_histogram'),
    attributes: tagOf('ExponentialHistogramDataPoint', 'attributes'),
  },
  summary: { tag: tagOf('Metric', 'summary'), attributes: tagOf('SummaryDataPoint', 'attributes') },
};

const reader = new MetricPoints();
const lists = new RunLists();

/** A metric that is taken apart to be changed: its name and its points; all other fields are as they came. */
export class MetricDraft {
  name: string;
  /** Fields beside the name and the data: description, unit and metadata. */
  readonly fields: Buffer;
  readonly type: MetricType;
  /** Fields of the data beside the points: temporality and monotonicity. */
  readonly dataFields: Buffer;
  /** Empty while `load` has not taken them apart. */
  points: PointDraft[];
  /** The points as they came, until then. */
  #whole: Buffer | undefined;
  #wholeCount = 0;
  /** Its row in the index; -1 for a metric that was made. */
  row = -1;
  isChanged = false;

  constructor(name: string, type: MetricType, fields: Buffer, dataFields: Buffer, points: PointDraft[]) {
    this.name = name;
    this.type = type;
    this.fields = fields;
    this.dataFields = dataFields;
    this.points = points;
  }

  /** Takes the metric whose body is `[from, to)` apart, but for its points. Borrows the bytes. */
  static read(source: Buffer, from: number, to: number, name: string, type: MetricType): MetricDraft {
    lists.clear();
    reader.read(source, from, to, lists);
    const joined = (list: number): Buffer => {
      const runs: Buffer[] = [];
      for (let i = 0; i < lists.count(list); i++) runs.push(source.subarray(lists.from(list, i), lists.to(list, i)));
      const [only] = runs;
      return runs.length === 1 && only ? only : Buffer.concat(runs);
    };
    const fields = fieldsWithout(joined(reader.rest), [nameTag]);
    const draft = new MetricDraft(name, type, fields, joined(reader.dataRest), []);
    if (type === 'empty') return draft;
    const points = lists.open(0);
    for (; reader.nextPoint(source); draft.#wholeCount++) lists.add(points, reader.pointFrom, reader.pointTo);
    draft.#whole = joined(lists.close(points));
    return draft;
  }

  get pointCount(): number {
    return this.#whole ? this.#wholeCount : this.points.length;
  }

  /** Takes the points apart, in pieces of work. */
  *load(): InPieces<this> {
    const whole = this.#whole;
    if (whole === undefined || this.type === 'empty') return this;
    const bodies: Buffer[] = [];
    takeMessages(whole, pointTag, (body) => bodies.push(body));
    const { attributes } = kinds[this.type];
    const points: PointDraft[] = [];
    for (const body of bodies) {
      points.push(PointDraft.read(body, attributes));
      if (points.length % pointsAtOnce === 0) yield;
    }
    this.points = points;
    this.#whole = undefined;
    return this;
  }

  /** A metric of the same kind with these points. */
  with(points: PointDraft[], name: string = this.name): MetricDraft {
    const copy = new MetricDraft(name, this.type, this.fields, this.dataFields, points);
    copy.isChanged = true;
    return copy;
  }

  /** Writes the body, in pieces of work. */
  *writing(writer: MessageWriter): InPieces<void> {
    if (this.name !== '') writer.text(nameTag, this.name);
    writer.rawRun(this.fields, 0, this.fields.length);
    if (this.type === 'empty') return;
    const { tag, attributes } = kinds[this.type];
    writer.tag(tag);
    writer.open();
    writer.rawRun(this.dataFields, 0, this.dataFields.length);
    if (this.#whole) writer.rawRun(this.#whole, 0, this.#whole.length);
    let written = 0;
    for (const point of this.points) {
      writer.tag(pointTag);
      writer.open();
      point.write(writer, attributes);
      writer.close();
      if (++written % pointsAtOnce === 0) yield;
    }
    writer.close();
  }
}
