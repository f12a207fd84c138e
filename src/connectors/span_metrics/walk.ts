import { ValueReader } from '../../aggregation/value-reader.js';
import { absent, valueKind } from '../../aggregation/values.js';
import type { Batch } from '../../otlp/batch.js';
import type { AttributedView } from '../../otlp/view/attributes.js';
import { AttributeSearch } from '../../otlp/view/attribute-search.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { key } from '../../otlp/view/key.js';
import { SpanSearch } from '../../otlp/view/span-search.js';
import { SpanView, type EventView } from '../../otlp/view/span.js';
import { ValueView } from '../../otlp/view/value.js';
import { at32 } from '../../otlp/wire/at.js';
import type { Work } from '../../otlp/work.js';
import { probabilityOf } from '../../sampling/threshold.js';
import { TraceState } from '../../sampling/trace-state.js';
import { scopeColumns, type SeriesFamily } from './series-family.js';
import { GlobColumn } from './glob-column.js';
import type { Overflow } from './overflow.js';
import { builtInNames } from './dimension-config.js';
import type { ValueSource } from './plan.js';
import type { SpanSeries } from './span-series.js';

const serviceKey = key(builtInNames.service);
/** Spans that are counted in one piece of work: some milliseconds. */
const spansAtOnce = 4096;
const unknown = -1;
const noResource = -1;

export interface SpanWalkParts {
  readonly series: SpanSeries;
  readonly overflow: Overflow;
  readonly clock: { now(): number; unixMs(): number };
  /** Resources that may be live. */
  readonly mostResources: number;
  /** Series of a resource and metric; 0: any number. */
  readonly limit: number;
}

/** A column as every span reads it. */
interface ReadColumn {
  readonly of: ValueSource['of'];
  /** Of an attribute: its name among all that are looked for, and its default. */
  readonly number: number;
  readonly fallback: number;
}

/**
 * Counts the spans of one batch after the other in their series. Values are looked up as bytes; a span whose series are
 * there makes no object. Made once for many batches, which are opened and closed.
 */
export class Walk implements Work {
  /** Spans so far whose resource has no name of a service: they count nowhere. */
  unnamed = 0;
  readonly #parts: SpanWalkParts;
  readonly #series: SpanSeries;
  readonly #reader: ValueReader;
  readonly #spans: BatchCursor<SpanView> = new BatchCursor(new SpanView());
  readonly #state: TraceState = new TraceState();
  readonly #value: ValueView = new ValueView();
  /** Attributes of the resource, the span and the event, and by name the numbers of their values. */
  readonly #ofResource: AttributeSearch;
  readonly #found: SpanSearch;
  readonly #ofSpan: AttributeSearch;
  readonly #ofEvent: AttributeSearch;
  readonly #inResource: Int32Array;
  readonly #inSpan: Int32Array;
  readonly #inEvent: Int32Array;
  /** By family. */
  readonly #globs: readonly (GlobColumn | undefined)[];
  readonly #columns: readonly (readonly ReadColumn[])[];
  #resource = noResource;
  #service = unknown;
  #serviceName: Uint8Array = new Uint8Array(0);
  /** Of the span: the numbers of its name and method, and its weight. */
  #name = unknown;
  #method = absent;
  #weight = 1;
  /** Of the event that is counted; undefined: a span is. */
  #event: EventView | undefined;
  #now = 0;
  #unixMs = 0;

  constructor(parts: SpanWalkParts) {
    this.#parts = parts;
    this.#series = parts.series;
    const { values, plan, families } = parts.series;
    this.#reader = new ValueReader(values);
    const { names } = plan;
    this.#ofResource = new AttributeSearch(names);
    this.#found = new SpanSearch(names);
    this.#ofSpan = this.#found.attributes;
    this.#ofEvent = new AttributeSearch(names);
    this.#inResource = new Int32Array(names.length);
    this.#inSpan = new Int32Array(names.length);
    this.#inEvent = new Int32Array(names.length);
    this.#columns = families.map((family, number) =>
      family.plan.columns.map(({ source }, column) => ({
        of: source.of,
        number: source.of === 'attribute' ? source.number : 0,
        fallback: parts.series.fallbacks[number]?.[column] ?? absent,
      })),
    );
    this.#globs = families.map((family) => {
      const column = family.plan.columns.find(({ source }) => source.of === 'globs');
      return column?.source.of === 'globs'
        ? new GlobColumn(column.source.globs, column.source.besides, values)
        : undefined;
    });
  }

  open(batch: Batch): this {
    this.unnamed = 0;
    this.#resource = noResource;
    this.#spans.open(batch);
    this.#found.open(batch);
    return this;
  }

  close(): void {
    this.#spans.close();
    this.#found.close();
    this.#event = undefined;
  }

  step(): boolean {
    const { clock } = this.#parts;
    this.#now = clock.now();
    this.#unixMs = clock.unixMs();
    // A flush in between may have removed the resource, and values.
    if (this.#resource !== noResource) this.#enterResource();
    const spans = this.#spans;
    for (let left = spansAtOnce; left > 0; left--) {
      while (!spans.nextItem()) {
        if (spans.nextScope()) continue;
        if (!spans.nextResource()) return false;
        this.#enterResource();
      }
      if (this.#resource === noResource) this.unnamed++;
      else this.#countSpan(spans.item);
    }
    return true;
  }

  /** Looks at what all spans of a resource have in common. */
  #enterResource(): void {
    const { resource } = this.#spans;
    const { resources, values } = this.#series;
    if (!resource.attribute(serviceKey, this.#value)) {
      this.#resource = noResource;
      return;
    }
    // A name that is no text is an empty one, as in the Collector.
    const { bytes, start, end } = this.#value.string;
    this.#serviceName = bytes.subarray(start, end);
    this.#resource = resources.enter(resource, this.#serviceName, this.#now, this.#parts.mostResources);
    this.#service = values.find(valueKind.text, bytes, start, end);
    this.#ofResource.open(resource);
    this.#look(this.#ofResource, this.#inResource);
  }

  /** Looks up the values of the attributes that were found. */
  #look(search: AttributeSearch, numbers: Int32Array): void {
    const { values } = this.#series;
    for (let i = 0; i < numbers.length; i++) {
      if (!search.has(i)) numbers[i] = absent;
      else if (search.isText(i))
        numbers[i] = values.find(valueKind.text, search.bytes, search.textStart, search.textEnd);
      else numbers[i] = this.#reader.find(search.value(i));
    }
  }

  #countSpan(span: SpanView): void {
    const { plan, values, families, counted, extrapolated } = this.#series;
    const found = this.#found;
    found.move(this.#spans.itemRow);
    const { bytes, stateFrom, stateTo } = found;
    this.#name = values.find(valueKind.text, bytes, found.nameFrom, found.nameTo);
    this.#look(this.#ofSpan, this.#inSpan);
    const isSampled = stateFrom < stateTo && this.#state.read(bytes, stateFrom, stateTo) && this.#state.hasThreshold;
    this.#weight = isSampled ? 1 / probabilityOf(this.#state.threshold) : 1;
    this.#method = isSampled ? extrapolated : counted;
    const duration = found.duration / plan.nanosPerUnit;
    for (let i = 0; i < families.length; i++) {
      const family = families[i] as SeriesFamily;
      if (family.plan.kind === 'events') this.#countEvents(span, family, i, duration);
      else this.#count(span, family, i, duration);
    }
  }

  #countEvents(span: SpanView, family: SeriesFamily, number: number, duration: number): void {
    for (const event = span.events(); event.next();) {
      this.#event = event;
      this.#ofEvent.open(event);
      this.#look(this.#ofEvent, this.#inEvent);
      this.#count(span, family, number, duration);
    }
    this.#event = undefined;
  }

  #count(span: SpanView, family: SeriesFamily, number: number, duration: number): void {
    const row = this.#rowFor(span, family, number);
    family.observe(row, this.#now, family.timesOf(row, this.#weight), duration);
    if (family.exemplars === undefined) return;
    const { bytes, traceIdAt, spanIdAt } = this.#found;
    family.exemplars.add(row, bytes, traceIdAt, spanIdAt, duration);
  }

  /** The series that a span, or the event, counts in. */
  #rowFor(span: SpanView, family: SeriesFamily, number: number): number {
    const { values, plan } = this.#series;
    const { table } = family;
    const { shown, key } = table;
    const columns = this.#columns[number] as readonly ReadColumn[];
    let isKnown = this.#resource !== 0;
    for (let i = 0; i < columns.length; i++) {
      const id = this.#idOf(span, number, columns[i] as ReadColumn);
      shown[i] = id;
      if (id === unknown) isKnown = false;
      else key[i] = values.canonicalOf(id);
    }
    table.group = this.#resource;
    const row = isKnown ? table.find() : -1;
    if (row < 0) return this.#admit(span, family, number);
    return plan.isDelta && family.countOf(row) === 0 ? this.#activate(family, number, row) : row;
  }

  /** The number of the value of a column; -1 when it is not known, 0 when there is none. Makes no object. */
  #idOf(span: SpanView, family: number, { of, number, fallback }: ReadColumn): number {
    const { kinds, codes, noText } = this.#series;
    switch (of) {
      case 'attribute': {
        const own = at32(this.#inSpan, number);
        if (own !== absent) return own;
        const around = at32(this.#event ? this.#inEvent : this.#inResource, number);
        return around === absent ? fallback : around;
      }
      case 'name':
        return this.#name;
      case 'service':
        return this.#service;
      case 'kind':
        return kinds[this.#found.kind] ?? noText;
      case 'status':
        return codes[this.#found.code] ?? noText;
      case 'method':
        return this.#method;
      case 'globs':
        return (this.#globs[family] as GlobColumn).find(span, this.#around);
    }
  }

  /** Where a dimension is looked for that the span does not have. An event hides the resource, as in the Collector. */
  get #around(): AttributedView {
    return this.#event ?? this.#spans.resource;
  }

  /** A series of a delta metric has its first item of an interval: it counts towards the limit. */
  #activate(family: SeriesFamily, number: number, row: number): number {
    const { resources } = this.#series;
    const { limit } = this.#parts;
    if (limit > 0 && resources.activeOf(this.#resource, number) >= limit)
      return this.#overflow(family, number, 'cardinality');
    resources.addActive(this.#resource, number, 1);
    return row;
  }

  /** Finds the series by canonical values, or adds it, or finds the one that takes its place. */
  #admit(span: SpanView, family: SeriesFamily, number: number): number {
    if (this.#resource === 0) return this.#overflow(family, number, 'memory');
    const { bound, resources, plan } = this.#series;
    const { table } = family;
    const { limit } = this.#parts;
    if (this.#findCanonical(span, family, number)) {
      const row = table.find();
      if (row >= 0) {
        if (bound.fitsUncharged(this.#newBytes(span, family, number))) this.#addValues(span, family, number);
        return plan.isDelta && family.countOf(row) === 0 ? this.#activate(family, number, row) : row;
      }
    }
    if (limit > 0 && resources.activeOf(this.#resource, number) >= limit)
      return this.#overflow(family, number, 'cardinality');
    const size = this.#newBytes(span, family, number);
    if (!bound.fits(table.rowBytes + size, resources.heldBy(this.#resource)))
      return this.#overflow(family, number, 'memory');
    return this.#add(span, family, number);
  }

  #add(span: SpanView, family: SeriesFamily, number: number): number {
    const { values, resources } = this.#series;
    const { table } = family;
    const { shown } = table;
    this.#addValues(span, family, number);
    for (let i = 0; i < family.plan.columns.length; i++) table.key[i] = values.canonicalOf(at32(shown, i));
    this.#showScope(family);
    table.group = this.#resource;
    const row = table.add();
    if (row < 0) {
      for (const id of shown) values.releaseUnheld(id);
      return this.#overflow(family, number, 'memory');
    }
    family.begin(row, this.#unixMs);
    resources.addActive(this.#resource, number, 1);
    resources.charge(this.#resource, table.rowBytes + table.valueBytes(row));
    return row;
  }

  #overflow(family: SeriesFamily, number: number, why: 'cardinality' | 'memory'): number {
    return this.#parts.overflow.rowFor(this.#resource, family, number, this.#unixMs, why);
  }

  /** Fills the table's key with canonical values; false when one is not known, so that there is no such series. */
  #findCanonical(span: SpanView, family: SeriesFamily, number: number): boolean {
    const { values } = this.#series;
    const { table } = family;
    for (let i = 0; i < family.plan.columns.length; i++) {
      const id = at32(table.shown, i);
      const canonical = id === unknown ? this.#canonicalOf(span, family, number, i) : values.canonicalOf(id);
      if (canonical < 0) return false;
      table.key[i] = canonical;
    }
    table.group = this.#resource;
    return true;
  }

  /** The canonical value of a column whose value is not known in its form. */
  #canonicalOf(span: SpanView, family: SeriesFamily, number: number, column: number): number {
    const { source } = family.plan.columns[column] as SeriesFamily['plan']['columns'][number];
    const { values } = this.#series;
    switch (source.of) {
      case 'attribute':
        return this.#reader.findCanonical(this.#valueOf(source.number));
      case 'globs':
        return (this.#globs[number] as GlobColumn).findCanonical(span, this.#around);
      // Another family, or the event before, may have added it since.
      case 'name':
        return values.find(valueKind.text, span.name.bytes, span.name.start, span.name.end);
      default:
        return values.find(valueKind.text, this.#serviceName, 0, this.#serviceName.length);
    }
  }

  /** Adds the values that are not known, and has the table show all of them. */
  #addValues(span: SpanView, family: SeriesFamily, number: number): void {
    const reader = this.#reader;
    const { shown } = family.table;
    for (let i = 0; i < family.plan.columns.length; i++) {
      if (at32(shown, i) !== unknown) continue;
      const { source } = family.plan.columns[i] as SeriesFamily['plan']['columns'][number];
      let id: number = absent;
      if (source.of === 'service') id = reader.addText(this.#serviceName, 0, this.#serviceName.length);
      else if (source.of === 'name') id = reader.addText(span.name.bytes, span.name.start, span.name.end);
      else if (source.of === 'attribute') id = reader.add(this.#valueOf(source.number));
      else if (source.of === 'globs') id = (this.#globs[number] as GlobColumn).add(span, this.#around);
      shown[i] = Math.max(id, absent);
    }
  }

  /** Bytes of the values that are not known, about. */
  #newBytes(span: SpanView, family: SeriesFamily, number: number): number {
    let sum = 0;
    for (let i = 0; i < family.plan.columns.length; i++) {
      if (at32(family.table.shown, i) !== unknown) continue;
      const { source } = family.plan.columns[i] as SeriesFamily['plan']['columns'][number];
      // What is no text has a text beside it, which is hardly more than twice as long.
      if (source.of === 'service') sum += perNew + this.#serviceName.length;
      else if (source.of === 'name') sum += perNew + span.name.length;
      else if (source.of === 'attribute') sum += perNew + 3 * lengthOf(this.#valueOf(source.number));
      else sum += perNew + 3 * (this.#globs[number] as GlobColumn).length;
    }
    return sum;
  }

  /** The value of an attribute that is there. */
  #valueOf(number: number): ValueView {
    if (at32(this.#inSpan, number) !== absent) return this.#ofSpan.value(number);
    return (this.#event ? this.#ofEvent : this.#ofResource).value(number);
  }

  /** A new series shows the scope of its first span, if that is one of those that are listed. */
  #showScope({ table, plan: { columns } }: SeriesFamily): void {
    const { scopes } = this.#series.plan;
    if (scopes.length === 0) return;
    const { name, version } = this.#spans.scope;
    table.shown.fill(absent, columns.length, columns.length + scopeColumns);
    if (name.length === 0 || !scopes.includes(name.toString())) return;
    table.shown[columns.length] = this.#reader.addText(name.bytes, name.start, name.end);
    table.shown[columns.length + 1] = this.#reader.addText(version.bytes, version.start, version.end);
  }
}

/** Bytes of a value beside its own, twice. */
const perNew = 128;

function lengthOf({ fields }: ValueView): number {
  let length = 0;
  for (let i = 0; i < fields.pieceCount; i++) length += fields.pieceTo(i) - fields.pieceFrom(i);
  return length;
}
