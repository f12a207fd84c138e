import { ValueReader } from '../../aggregation/value-reader.js';
import { absent, valueKind } from '../../aggregation/values.js';
import type { Batch } from '../../otlp/batch.js';
import type { AttributedView } from '../../otlp/view/attributes.js';
import { AttributeSearch } from '../../otlp/view/attribute-search.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { key } from '../../otlp/view/key.js';
import { SpanView, type EventView } from '../../otlp/view/span.js';
import { ValueView } from '../../otlp/view/value.js';
import { at32, floatAt } from '../../otlp/wire/at.js';
import type { Work } from '../../otlp/work.js';
import { scopeColumns, type SeriesFamily } from './series-family.js';
import { GlobColumn } from './glob-column.js';
import type { Overflow } from './overflow.js';
import { builtInNames } from './dimension-config.js';
import type { ValueSource } from './plan.js';
import { SpanBlock, spansInBlock } from './span-block.js';
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
  readonly #value: ValueView = new ValueView();
  /** Attributes of the resource and the event, and by name the numbers of their values. */
  readonly #ofResource: AttributeSearch;
  readonly #block: SpanBlock;
  readonly #ofEvent: AttributeSearch;
  readonly #inResource: Int32Array;
  readonly #inEvent: Int32Array;
  /** By family. */
  readonly #globs: readonly (GlobColumn | undefined)[];
  readonly #columns: readonly (readonly ReadColumn[])[];
  #resource = noResource;
  #service = unknown;
  #serviceName: Uint8Array = new Uint8Array(0);
  /** By family and span of the block: the series that it counts in; -1: none is known yet. */
  readonly #rows: readonly Int32Array[];
  #keys: Int32Array;
  /** A span whose series is there changes nothing but the numbers of that. */
  readonly #mayCountAtOnce: boolean;
  /** The row of the index in which the block begins, and the span of the block that is counted. */
  #first = 0;
  #at = 0;
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
    this.#block = new SpanBlock(parts.series, this.#reader);
    this.#ofEvent = new AttributeSearch(names);
    this.#inResource = new Int32Array(names.length);
    this.#inEvent = new Int32Array(names.length);
    this.#columns = families.map((family, number) =>
      family.plan.columns.map(({ source }, column) => ({
        of: source.of,
        number: source.of === 'attribute' ? source.number : 0,
        fallback: parts.series.fallbacks[number]?.[column] ?? absent,
      })),
    );
    this.#rows = families.map(() => new Int32Array(spansInBlock));
    this.#keys = new Int32Array(spansInBlock * Math.max(...this.#columns.map(({ length }) => length)));
    this.#mayCountAtOnce = !plan.isDelta && plan.exemplars === 0;
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
    this.#block.open(batch);
    return this;
  }

  close(): void {
    this.#spans.close();
    this.#block.close();
    this.#event = undefined;
  }

  step(): boolean {
    const { clock } = this.#parts;
    this.#now = clock.now();
    this.#unixMs = clock.unixMs();
    // A flush in between may have removed the resource, and values.
    if (this.#resource !== noResource) this.#enterResource();
    const spans = this.#spans;
    for (let left = spansAtOnce; left > 0;) {
      const count = Math.min(left, spans.itemsLeft, spansInBlock);
      this.#first = spans.itemRow + 1;
      if (count > 0) {
        if (this.#resource === noResource) this.unnamed += count;
        else this.#countBlock(count);
        spans.skipItems(count - (spans.itemRow + 1 - this.#first));
        left -= count;
      } else if (!spans.nextScope()) {
        if (!spans.nextResource()) return false;
        this.#enterResource();
      }
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

  /** Counts the next spans of the scope. Most of them have series that are there, which are found before. */
  #countBlock(count: number): void {
    const { families } = this.#series;
    const block = this.#block;
    block.read(this.#first, count);
    let areFound = this.#mayCountAtOnce;
    for (let i = 0; i < families.length; i++)
      if (!this.#findRows(families[i] as SeriesFamily, i, count)) areFound = false;
    if (areFound) {
      for (let i = 0; i < families.length; i++)
        (families[i] as SeriesFamily).observeAll(this.#rows[i] as Int32Array, count, this.#now, block);
      return;
    }
    for (this.#at = 0; this.#at < count; this.#at++) {
      const duration = floatAt(block.durations, this.#at);
      for (let i = 0; i < families.length; i++) {
        const family = families[i] as SeriesFamily;
        if (family.plan.kind === 'events') this.#countEvents(family, i, duration);
        else this.#count(family, i, duration, at32(this.#rows[i] as Int32Array, this.#at));
      }
    }
  }

  /** Looks for the series of all spans of the block whose values are known; false when there is one without. */
  #findRows({ plan, table }: SeriesFamily, number: number, count: number): boolean {
    const rows = this.#rows[number] as Int32Array;
    if (plan.kind === 'events' || this.#globs[number] !== undefined || this.#resource === 0) {
      rows.fill(unknown, 0, count);
      return false;
    }
    const { values } = this.#series;
    const columns = this.#columns[number] as readonly ReadColumn[];
    const keys = this.#keys;
    for (this.#at = 0; this.#at < count; this.#at++) {
      let row = 0;
      for (let i = 0, at = this.#at * columns.length; i < columns.length; i++, at++) {
        const id = this.#idOf(number, columns[i] as ReadColumn);
        if (id === unknown) row = unknown;
        else keys[at] = values.canonicalOf(id);
      }
      rows[this.#at] = row;
    }
    table.group = this.#resource;
    table.findAll(keys, rows, count);
    for (let at = 0; at < count; at++) if (at32(rows, at) < 0) return false;
    return true;
  }

  #countEvents(family: SeriesFamily, number: number, duration: number): void {
    for (const event = this.#span.events(); event.next();) {
      this.#event = event;
      this.#ofEvent.open(event);
      this.#look(this.#ofEvent, this.#inEvent);
      this.#count(family, number, duration, unknown);
    }
    this.#event = undefined;
  }

  /** Counts the span, or the event, in the series in `known`, or in that which is found or added for it. */
  #count(family: SeriesFamily, number: number, duration: number, known: number): void {
    const { traceIdAt, spanIdAt, weights, found } = this.#block;
    const row = known < 0 ? this.#rowFor(family, number) : this.#active(family, number, known);
    family.observe(row, this.#now, family.timesOf(row, floatAt(weights, this.#at)), duration);
    family.exemplars?.add(row, found.bytes, at32(traceIdAt, this.#at), at32(spanIdAt, this.#at), duration);
  }

  /** The series that the span, or the event, counts in. */
  #rowFor(family: SeriesFamily, number: number): number {
    const { values } = this.#series;
    const { table } = family;
    const { shown, key } = table;
    const columns = this.#columns[number] as readonly ReadColumn[];
    let isKnown = this.#resource !== 0;
    for (let i = 0; i < columns.length; i++) {
      const id = this.#idOf(number, columns[i] as ReadColumn);
      shown[i] = id;
      if (id === unknown) isKnown = false;
      else key[i] = values.canonicalOf(id);
    }
    table.group = this.#resource;
    const row = isKnown ? table.find() : -1;
    return row < 0 ? this.#admit(family, number) : this.#active(family, number, row);
  }

  /** The span that is counted, as a view. */
  get #span(): SpanView {
    const spans = this.#spans;
    const row = this.#first + this.#at;
    if (spans.itemRow === row) return spans.item;
    spans.skipItems(row - spans.itemRow - 1);
    spans.nextItem();
    this.#block.found.move(row);
    return spans.item;
  }

  /** The number of the value of a column; -1 when it is not known, 0 when there is none. Makes no object. */
  #idOf(family: number, { of, number, fallback }: ReadColumn): number {
    const { kinds, codes, noText } = this.#series;
    switch (of) {
      case 'attribute': {
        const own = this.#block.attribute(this.#at, number);
        if (own !== absent) return own;
        const around = at32(this.#event ? this.#inEvent : this.#inResource, number);
        return around === absent ? fallback : around;
      }
      case 'name':
        return this.#block.name(this.#at);
      case 'service':
        return this.#service;
      case 'kind':
        return kinds[at32(this.#block.kinds, this.#at)] ?? noText;
      case 'status':
        return codes[at32(this.#block.codes, this.#at)] ?? noText;
      case 'method':
        return at32(this.#block.methods, this.#at);
      case 'globs':
        return (this.#globs[family] as GlobColumn).find(this.#span, this.#around);
    }
  }

  /** Where a dimension is looked for that the span does not have. An event hides the resource, as in the Collector. */
  get #around(): AttributedView {
    return this.#event ?? this.#spans.resource;
  }

  /** A series of a delta metric that has its first item of an interval counts towards the limit. */
  #active(family: SeriesFamily, number: number, row: number): number {
    const { resources, plan } = this.#series;
    if (!plan.isDelta || family.countOf(row) > 0) return row;
    const { limit } = this.#parts;
    if (limit > 0 && resources.activeOf(this.#resource, number) >= limit)
      return this.#overflow(family, number, 'cardinality');
    resources.addActive(this.#resource, number, 1);
    return row;
  }

  /** Finds the series by canonical values, or adds it, or finds the one that takes its place. */
  #admit(family: SeriesFamily, number: number): number {
    if (this.#resource === 0) return this.#overflow(family, number, 'memory');
    const { bound, resources } = this.#series;
    const span = this.#span;
    const { table } = family;
    const { limit } = this.#parts;
    if (this.#findCanonical(span, family, number)) {
      const row = table.find();
      if (row >= 0) {
        if (bound.fitsUncharged(this.#newBytes(span, family, number))) this.#addValues(span, family, number);
        return this.#active(family, number, row);
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
      // A value that is no text has a text beside it, which is hardly more than twice as long.
      if (source.of === 'service') sum += perNew + this.#serviceName.length;
      else if (source.of === 'name') sum += perNew + span.name.length;
      else if (source.of === 'attribute') sum += perNew + 3 * lengthOf(this.#valueOf(source.number));
      else sum += perNew + 3 * (this.#globs[number] as GlobColumn).length;
    }
    return sum;
  }

  /** The value of an attribute that is there. */
  #valueOf(number: number): ValueView {
    if (this.#block.attribute(this.#at, number) !== absent) return this.#block.found.attributes.value(number);
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
