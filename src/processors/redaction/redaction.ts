import { changingAttributes, type AttributeChanges } from '../../attributes/changing-attributes.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { BatchEditor } from '../../otlp/edit/batch-editor.js';
import { GrowthError } from '../../otlp/edit/extended-bytes.js';
import type { ElementEditor, MessageEditor } from '../../otlp/edit/message-editor.js';
import { fieldOf } from '../../otlp/fields.js';
import type { Signal } from '../../otlp/signal.js';
import { AttributedView } from '../../otlp/view/attributes.js';
import { Layout } from '../../otlp/view/layout.js';
import { LogRecordView } from '../../otlp/view/log-record.js';
import { MetricView, type MetricType } from '../../otlp/view/metric.js';
import { SpanView } from '../../otlp/view/span.js';
import type { InPieces } from '../../otlp/work.js';
import { AttributeRedaction } from './attribute-redaction.js';
import { BodyRedaction } from './body-redaction.js';
import type { Config } from './config.js';
import { KeyRules } from './key-rules.js';
import { Sanitizers } from './sanitizers.js';
import { SpanNames } from './span-names.js';
import { ValueMasks } from './value-masks.js';

const nameField = fieldOf('Span', 'name');
const eventsField = fieldOf('Span', 'events');
const bodyField = fieldOf('LogRecord', 'body');
const dataFields = {
  gauge: [fieldOf('Metric', 'gauge'), fieldOf('Gauge', 'data_points')],
  sum: [fieldOf('Metric', 'sum'), fieldOf('Sum', 'data_points')],
  histogram: [fieldOf('Metric', 'histogram'), fieldOf('Histogram', 'data_points')],
  exponentialHistogram: [fieldOf('Metric', 'exponential_histogram'), fieldOf('ExponentialHistogram', 'data_points')],
  summary: [fieldOf('Metric', 'summary'), fieldOf('Summary', 'data_points')],
} as const;
const layouts = {
  gauge: new Layout('NumberDataPoint'),
  sum: new Layout('NumberDataPoint'),
  histogram: new Layout('HistogramDataPoint'),
  exponentialHistogram: new Layout('ExponentialHistogramDataPoint'),
  summary: new Layout('SummaryDataPoint'),
} as const;

/** Messages that are redacted in one piece of work, and bytes of an item that count as one: some milliseconds. */
const messagesAtOnce = 1 << 11;
const bytesPerMessage = 256;
/** Bytes by which the changes may make any batch larger, and how often its own size beside them. */
const freeGrowth = 64 << 20;
const growthShare = 4;

type ItemView = SpanView | LogRecordView | MetricView;

/** Removes attributes that are not allowed, and masks values. */
export function createRedaction(config: Config, context: PipelineContext, next: Consumer): Processor {
  return changingAttributes(context, next, () => new Redaction(config, context.signal));
}

class Redaction implements AttributeChanges {
  readonly #editor: BatchEditor<ItemView>;
  readonly #attributes: AttributeRedaction;
  readonly #bodies: BodyRedaction;
  readonly #names: SpanNames;
  readonly #event: AttributedView = new AttributedView(new Layout('Event'));
  readonly #points: Readonly<Record<Exclude<MetricType, 'empty'>, AttributedView>>;
  #left = 0;
  #growth = 0;

  constructor(config: Config, signal: Signal) {
    const [keys, values, sanitizers] = [new KeyRules(config), new ValueMasks(config), new Sanitizers(config)];
    const grow = (bytes: number): void => this.#grow(bytes);
    this.#editor = new BatchEditor(viewOf(signal));
    this.#attributes = new AttributeRedaction(config, keys, values, sanitizers, grow);
    this.#bodies = new BodyRedaction(config, keys, values, sanitizers, grow);
    this.#names = new SpanNames(config, sanitizers, values);
    this.#points = {
      gauge: new AttributedView(layouts.gauge),
      sum: new AttributedView(layouts.sum),
      histogram: new AttributedView(layouts.histogram),
      exponentialHistogram: new AttributedView(layouts.exponentialHistogram),
      summary: new AttributedView(layouts.summary),
    };
  }

  *changing(batch: Batch): InPieces<Batch> {
    const editor = this.#editor.open(batch);
    this.#left = messagesAtOnce;
    this.#growth = freeGrowth + growthShare * batch.bytes.length;
    let isDone = false;
    try {
      while (editor.nextResource()) {
        this.#attributes.redact(this.#resourceView, this.#resourceEditor);
        if (this.#isPieceDone(1)) yield;
        while (editor.nextScope()) {
          this.#attributes.redact(this.#scopeView, this.#scopeEditor);
          if (this.#isPieceDone(1)) yield;
          yield* this.#items(batch);
        }
      }
      isDone = true;
    } finally {
      if (!isDone) editor.close();
    }
    return yield* editor.finishing();
  }

  *#items({ index }: Batch): InPieces<void> {
    const editor = this.#editor;
    while (editor.nextItem()) {
      const { item, itemRow } = editor;
      if (item instanceof MetricView) yield* this.#dataPoints(item);
      else {
        // By the attributes that arrived: those that go say what the name is.
        if (item instanceof SpanView) this.#rename(item);
        this.#attributes.redact(() => item, this.#itemEditor);
        if (item instanceof SpanView) yield* this.#parts(editor.itemEditor.elements(eventsField), this.#event);
        else this.#bodies.redact(() => item, this.#itemEditor, this.#bodyEditor);
      }
      if (this.#isPieceDone(1 + (index.itemTo(itemRow) - index.itemFrom(itemRow)) / bytesPerMessage)) yield;
    }
  }

  #rename(span: SpanView): void {
    const name = this.#names.sanitized(span);
    if (name === undefined) return;
    this.#grow(name.length - span.name.length);
    this.#editor.itemEditor.setText(nameField, name);
  }

  *#dataPoints(metric: MetricView): InPieces<void> {
    const { type } = metric;
    if (type === 'empty') return;
    const [data, points] = dataFields[type];
    yield* this.#parts(this.#editor.itemEditor.child(data).elements(points), this.#points[type]);
  }

  /** Redacts span events or data points. */
  *#parts(parts: ElementEditor, view: AttributedView): InPieces<void> {
    parts.view(view);
    const asView = (): AttributedView => view;
    const asEditor = (): MessageEditor => parts;
    while (parts.next()) {
      this.#attributes.redact(asView, asEditor);
      if (this.#isPieceDone(1)) yield;
    }
  }

  readonly #resourceView = (): AttributedView => this.#editor.resource;
  readonly #resourceEditor = (): MessageEditor => this.#editor.resourceEditor;
  readonly #scopeView = (): AttributedView => this.#editor.scope;
  readonly #scopeEditor = (): MessageEditor => this.#editor.scopeEditor;
  readonly #itemEditor = (): MessageEditor => this.#editor.itemEditor;
  readonly #bodyEditor = (): MessageEditor => this.#editor.itemEditor.child(bodyField);

  /** Counts what was done; true when it is a piece of work, after which the next begins. */
  #isPieceDone(messages: number): boolean {
    this.#left -= messages;
    if (this.#left > 0) return false;
    this.#left = messagesAtOnce;
    return true;
  }

  #grow(bytes: number): void {
    this.#growth -= bytes;
    if (this.#growth < 0) throw new GrowthError('the changes would make the batch too large');
  }
}

function viewOf(signal: Signal): ItemView {
  switch (signal) {
    case 'traces':
      return new SpanView();
    case 'logs':
      return new LogRecordView();
    case 'metrics':
      return new MetricView();
    case 'profiles':
      throw new Error('profiles are not redacted');
  }
}
