import type { ValueReader } from '../../aggregation/value-reader.js';
import { absent, valueKind, Values, type ValueKind } from '../../aggregation/values.js';
import type { Batch } from '../../otlp/batch.js';
import { SpanSearch } from '../../otlp/view/span-search.js';
import { at32 } from '../../otlp/wire/at.js';
import { probabilityOf } from '../../sampling/threshold.js';
import { TraceState } from '../../sampling/trace-state.js';
import type { SpanSeries } from './span-series.js';

/** Spans of a block: what is known of them stays in the nearest cache. */
export const spansInBlock = 64;
const nothing = -1;
const noView: DataView = new DataView(new ArrayBuffer(0));

/**
 * The fields that series need of some spans of one scope, in columns by the number of the span. All of them are read
 * before the first is counted: series and values of thousands are in no near cache, and the processor waits for many at
 * a time.
 */
export class SpanBlock {
  readonly found: SpanSearch;
  /** Numbers of values: `ids[span * width]` is the name, then come the attributes. -1: not known; 0: not there. */
  readonly ids: Int32Array;
  readonly width: number;
  /** As `SpanSearch` has them. */
  readonly kinds: Int32Array = new Int32Array(spansInBlock);
  readonly codes: Int32Array = new Int32Array(spansInBlock);
  readonly durations: Float64Array = new Float64Array(spansInBlock);
  readonly traceIdAt: Int32Array = new Int32Array(spansInBlock);
  readonly spanIdAt: Int32Array = new Int32Array(spansInBlock);
  /** How many spans each stands for, and the number of the value that says how that is known. */
  readonly weights: Float64Array = new Float64Array(spansInBlock);
  readonly methods: Int32Array = new Int32Array(spansInBlock);
  readonly #series: SpanSeries;
  readonly #reader: ValueReader;
  readonly #names: number;
  #view: DataView = noView;
  readonly #state: TraceState = new TraceState();
  /** Where the values of `ids` stand, as `Values.findAll` reads it. */
  readonly #froms: Int32Array;
  readonly #sizes: Int32Array;

  constructor(series: SpanSeries, reader: ValueReader) {
    const { names } = series.plan;
    this.#series = series;
    this.#reader = reader;
    this.found = new SpanSearch(names);
    this.#names = names.length;
    this.width = names.length + 1;
    this.ids = new Int32Array(spansInBlock * this.width);
    this.#froms = new Int32Array(this.ids.length);
    this.#sizes = new Int32Array(this.ids.length);
  }

  open(batch: Batch): void {
    const { bytes } = batch;
    this.found.open(batch);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  close(): void {
    this.found.close();
    this.#view = noView;
  }

  /** Reads the spans in `count` rows of the index, from `first` on. */
  read(first: number, count: number): void {
    for (let i = 0; i < count; i++) {
      this.found.move(first + i);
      this.#note(i);
      this.#noteValues(i * this.width);
    }
    this.#series.values.findAll(this.found.bytes, this.#view, this.#froms, this.#sizes, this.ids, count * this.width);
  }

  #note(i: number): void {
    const { found } = this;
    const { counted, extrapolated, plan } = this.#series;
    const { stateFrom, stateTo } = found;
    const state = this.#state;
    const isSampled = stateFrom < stateTo && state.read(found.bytes, stateFrom, stateTo) && state.hasThreshold;
    this.weights[i] = isSampled ? 1 / probabilityOf(state.threshold) : 1;
    this.methods[i] = isSampled ? extrapolated : counted;
    this.kinds[i] = found.kind;
    this.codes[i] = found.code;
    this.durations[i] = found.duration / plan.nanosPerUnit;
    this.traceIdAt[i] = found.traceIdAt;
    this.spanIdAt[i] = found.spanIdAt;
  }

  #noteValues(at: number): void {
    const { found } = this;
    const { attributes } = found;
    this.#place(at, valueKind.text, found.nameFrom, found.nameTo);
    for (let name = 0, place = at + 1; name < this.#names; name++, place++) {
      this.#froms[place] = nothing;
      if (!attributes.has(name)) this.ids[place] = absent;
      else if (attributes.isText(name)) this.#place(place, valueKind.text, attributes.textStart, attributes.textEnd);
      else if (attributes.isScalar(name))
        this.#place(place, valueKind.encoded, attributes.bodyStart, attributes.bodyEnd);
      else this.ids[place] = this.#reader.find(attributes.value(name));
    }
  }

  #place(at: number, kind: ValueKind, from: number, to: number): void {
    this.#froms[at] = from;
    this.#sizes[at] = Values.sizeAs(kind, to - from);
  }

  /** The number of the span's name. */
  name(span: number): number {
    return at32(this.ids, span * this.width);
  }

  /** The number of the value of a name of `SpanMetricsPlan.names`. */
  attribute(span: number, name: number): number {
    return at32(this.ids, span * this.width + 1 + name);
  }
}
