import type { Batch } from '../../otlp/batch.js';
import { AttributeSearch } from '../../otlp/view/attribute-search.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { key } from '../../otlp/view/key.js';
import { SpanView } from '../../otlp/view/span.js';
import { at32 } from '../../otlp/wire/at.js';
import { absent } from '../../aggregation/values.js';
import { connection } from './connection.js';
import { edgeField as field, edgeNumber } from './edges.js';
import type { Pairing } from './pairing.js';
import type { SpanOutcomes } from './outcomes.js';
import type { Texts } from './texts.js';

const kind = { server: 2, client: 3, producer: 4, consumer: 5 } as const;
const statusError = 2;
const noRoom = -1;

export interface WalkParts {
  readonly pairing: Pairing;
  readonly texts: Texts;
  readonly outcomes: SpanOutcomes;
  readonly names: AttributeNames;
  /** Nanoseconds of the unit of latencies. */
  readonly nanosPerUnit: number;
  now(): number;
}

/** The attributes that are looked for, and their places in the two lists of names. */
export class AttributeNames {
  readonly ofResource: readonly string[];
  readonly ofSpan: readonly string[];
  /** By dimension, and by attribute of a database. */
  readonly resourceDimensions: Int32Array;
  readonly spanDimensions: Int32Array;
  readonly resourceDatabases: Int32Array;
  readonly spanDatabases: Int32Array;
  readonly peers: Int32Array;

  constructor(dimensions: readonly string[], databases: readonly string[], peers: readonly string[]) {
    this.ofResource = [...new Set(['service.name', ...dimensions, ...databases])];
    this.ofSpan = [...new Set([...dimensions, ...databases, ...peers])];
    const placesIn = (names: readonly string[], all: readonly string[]): Int32Array =>
      Int32Array.from(names, (name) => all.indexOf(name));
    this.resourceDimensions = placesIn(dimensions, this.ofResource);
    this.spanDimensions = placesIn(dimensions, this.ofSpan);
    this.resourceDatabases = placesIn(databases, this.ofResource);
    this.spanDatabases = placesIn(databases, this.ofSpan);
    this.peers = placesIn(peers, this.ofSpan);
  }
}

/** Reads the spans of a batch into edges. Between two pieces the walk keeps its place. */
export class SpanWalk {
  /** Spans that were read in the latest piece. */
  read = 0;
  readonly #parts: WalkParts;
  readonly #spans: BatchCursor<SpanView> = new BatchCursor(new SpanView());
  readonly #resourceSearch: AttributeSearch;
  readonly #spanSearch: AttributeSearch;
  /** By name of a resource's attribute: its value, which is held while the walk is in the resource. */
  readonly #resourceValues: Int32Array;
  /** The kind of the resource's spans: halves of edges, of no service, or without room for its values. */
  #resourceIs: 'service' | 'nameless' | 'too large' = 'nameless';
  /** When the piece of work began, in `Clock.now()` milliseconds. */
  #now = 0;

  constructor(parts: WalkParts) {
    this.#parts = parts;
    this.#resourceSearch = new AttributeSearch(parts.names.ofResource.map(key));
    this.#spanSearch = new AttributeSearch(parts.names.ofSpan.map(key));
    this.#resourceValues = new Int32Array(parts.names.ofResource.length);
  }

  open(batch: Batch): this {
    this.#spans.open(batch);
    return this;
  }

  /** Reads at most `most` spans: fewer only at the end. */
  next(most: number): void {
    this.#now = this.#parts.now();
    for (this.read = 0; this.read < most; this.read++) {
      if (!this.#advance()) break;
      this.#read();
    }
  }

  close(): void {
    this.#releaseResource();
    this.#spans.close();
  }

  #advance(): boolean {
    const spans = this.#spans;
    while (!spans.nextItem()) {
      if (spans.nextScope()) continue;
      if (!spans.nextResource()) return false;
      this.#readResource();
    }
    return true;
  }

  #readResource(): void {
    this.#releaseResource();
    const { texts, pairing, names } = this.#parts;
    const search = this.#resourceSearch;
    search.open(this.#spans.resource);
    this.#resourceIs = search.has(0) ? 'service' : 'nameless';
    if (this.#resourceIs === 'nameless') return;
    for (let i = 0; i < names.ofResource.length; i++) {
      if (!search.has(i)) continue;
      const value = texts.found(search, i, pairing.edges.bytes);
      if (value === noRoom) {
        this.#resourceIs = 'too large';
        return;
      }
      texts.values.hold(value);
      this.#resourceValues[i] = value;
    }
    if (texts.values.lengthOf(at32(this.#resourceValues, 0)) === 0) this.#resourceIs = 'nameless';
  }

  #releaseResource(): void {
    const values = this.#resourceValues;
    for (let i = 0; i < values.length; i++) {
      this.#parts.texts.values.release(at32(values, i));
      values[i] = absent;
    }
  }

  #read(): void {
    const { outcomes } = this.#parts;
    const span = this.#spans.item;
    const spanKind = span.kind;
    if (this.#resourceIs === 'nameless') outcomes.noService++;
    else if (spanKind < kind.server || spanKind > kind.consumer) outcomes.done++;
    else if (this.#resourceIs === 'too large') this.#parts.pairing.refuse(undefined, false);
    else if (spanKind === kind.client || spanKind === kind.producer) this.#readClient(span, spanKind);
    else this.#readServer(span, spanKind);
  }

  #readClient(span: SpanView, spanKind: number): void {
    const { edges } = this.#parts.pairing;
    const found = edges.find(span.traceId, span.spanId);
    const edge = found < 0 ? edges.make() : found;
    edges.set(edge, field.connection, spanKind === kind.producer ? connection.messaging : connection.direct);
    edges.setValue(edge, field.client, at32(this.#resourceValues, 0));
    const latency = this.#latencyOf(span);
    edges.setNumber(edge, edgeNumber.clientLatency, latency);
    const hasRoom = this.#readCommon(edge, span, 0) && this.#readPeer(edge) && this.#readDatabase(edge, latency);
    this.#end(edge, found < 0, hasRoom);
  }

  #readServer(span: SpanView, spanKind: number): void {
    const { edges } = this.#parts.pairing;
    const found = edges.find(span.traceId, span.parentSpanId);
    const edge = found < 0 ? edges.make() : found;
    edges.set(edge, field.connection, spanKind === kind.consumer ? connection.messaging : connection.direct);
    edges.setValue(edge, field.server, at32(this.#resourceValues, 0));
    edges.setNumber(edge, edgeNumber.serverLatency, this.#latencyOf(span));
    this.#end(edge, found < 0, this.#readCommon(edge, span, 1));
  }

  #end(edge: number, isNew: boolean, hasRoom: boolean): void {
    if (hasRoom) this.#parts.pairing.added(edge, isNew, this.#now);
    else this.#parts.pairing.refuse(edge, isNew);
  }

  /** Reads the fields that both sides have: the status, and the dimensions. False without room for a value. */
  #readCommon(edge: number, span: SpanView, side: 0 | 1): boolean {
    const { pairing, names } = this.#parts;
    const { edges } = pairing;
    if (span.status.code === statusError) edges.set(edge, field.failed, 1);
    this.#spanSearch.open(span);
    for (let i = 0; i < names.resourceDimensions.length; i++) {
      const ofResource = at32(this.#resourceValues, at32(names.resourceDimensions, i));
      const value = ofResource === absent ? this.#found(at32(names.spanDimensions, i)) : ofResource;
      if (value === noRoom) return false;
      if (value !== absent) edges.setDimension(edge, i * 2 + side, value);
    }
    return true;
  }

  /** The first attribute that may name the server. False without room for its value. */
  #readPeer(edge: number): boolean {
    const { peers } = this.#parts.names;
    let value: number = absent;
    for (let i = 0; i < peers.length && value === absent; i++) value = this.#found(at32(peers, i));
    if (value > absent) this.#parts.pairing.edges.setValue(edge, field.peer, value);
    return value !== noRoom;
  }

  /** A call of a database is an edge of one span. False without room for its name. */
  #readDatabase(edge: number, latency: number): boolean {
    const { names, pairing } = this.#parts;
    const { edges } = pairing;
    let value: number = absent;
    for (let i = 0; i < names.resourceDatabases.length && value === absent; i++) {
      const ofResource = at32(this.#resourceValues, at32(names.resourceDatabases, i));
      value = ofResource === absent ? this.#found(at32(names.spanDatabases, i)) : ofResource;
    }
    if (value <= absent) return value === absent;
    edges.set(edge, field.connection, connection.database);
    edges.setValue(edge, field.server, value);
    edges.setNumber(edge, edgeNumber.serverLatency, latency);
    return true;
  }

  /** The value of an attribute of the span, which its user holds at once; -1 without room for it. */
  #found(place: number): number {
    const search = this.#spanSearch;
    return search.has(place) ? this.#parts.texts.found(search, place, this.#parts.pairing.edges.bytes) : absent;
  }

  /** The duration of a span, in the unit of latencies; 0 when it ends before it begins. */
  #latencyOf(span: SpanView): number {
    return Math.max(0, span.endTimeUnixNano.minus(span.startTimeUnixNano)) / this.#parts.nanosPerUnit;
  }
}
