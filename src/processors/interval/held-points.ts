import { ByteStore } from '../../aggregation/byte-store.js';
import { MemoryBound } from '../../aggregation/memory-bound.js';
import { metricKeyBytes, streamKeyBytes } from '../../aggregation/stream-keys.js';
import { StreamTable } from '../../aggregation/stream-table.js';
import type { Batch } from '../../otlp/batch.js';
import { StoredMetrics } from '../../otlp/build/stored-metrics.js';
import { Word64 } from '../../otlp/view/word64.js';

/** Where its bytes are, how many, and the next of those with the same parent, or -1. */
const field = { address: 0, size: 1, next: 2 } as const;
/** Of what has children: one more than the first of them, and than the last; 0 without children. */
const parentField = { first: 3, last: 4 } as const;
/** Of a metric: the tag of its data, and where their fields begin among its bytes. */
const metricField = { tag: 5, middle: 6 } as const;
const pointField = { timeLow: 3, timeHigh: 4 } as const;

/** Bytes of a batch, about: what a gRPC server takes by default is far more. */
const batchBytes = 256 << 10;

/** The outcome of a point: kept as the first of its stream, kept in place of an earlier one, late, or without room. */
export type Holding = 'first' | 'newer' | 'late' | 'no room' | 'no room, earlier one gone';

/**
 * The last point of each stream, as it came, with its metric, scope and resource, each of which is kept once. Filled
 * for an interval and then handed on.
 */
export class HeldPoints {
  readonly bound: MemoryBound;
  readonly #store: ByteStore;
  readonly #resources: StreamTable;
  readonly #scopes: StreamTable;
  readonly #metrics: StreamTable;
  readonly #points: StreamTable;
  readonly #time: Word64 = new Word64();
  #firstResource = -1;
  #lastResource = -1;
  /** Points that are kept. */
  count = 0;

  constructor(maxBytes: number) {
    const bound = (this.bound = new MemoryBound(maxBytes));
    this.#store = new ByteStore(bound);
    this.#resources = new StreamTable({ bound, keyBytes: metricKeyBytes, fields: 5 });
    this.#scopes = new StreamTable({ bound, keyBytes: metricKeyBytes, fields: 5 });
    this.#metrics = new StreamTable({ bound, keyBytes: metricKeyBytes, fields: 7 });
    this.#points = new StreamTable({ bound, keyBytes: streamKeyBytes, fields: 5 });
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    const tables = [this.#resources, this.#scopes, this.#metrics, this.#points];
    return tables.reduce((sum, table) => sum + table.reservedBytes, this.#store.reservedBytes);
  }

  /** The row of a metric; -1 when it is not there. */
  findMetric(key: Buffer): number {
    return this.#metrics.find(key);
  }

  findResource(key: Buffer): number {
    return this.#resources.find(key);
  }

  findScope(key: Buffer): number {
    return this.#scopes.find(key);
  }

  /** The row of a new resource whose fields are `bytes[0, to)`; -1 when there is no room. */
  addResource(key: Buffer, bytes: Buffer, to: number): number {
    const row = this.#add(this.#resources, key, bytes, 0, to);
    if (row < 0) return -1;
    if (this.#lastResource < 0) this.#firstResource = row;
    else this.#resources.set(this.#lastResource, field.next, row);
    this.#lastResource = row;
    return row;
  }

  /** The row of a new scope of a resource; -1 when there is no room. */
  addScope(resource: number, key: Buffer, bytes: Buffer, to: number): number {
    const row = this.#add(this.#scopes, key, bytes, 0, to);
    if (row >= 0) append(this.#resources, resource, this.#scopes, row);
    return row;
  }

  /** The row of a new metric of a scope; -1 when there is no room. `middle`: where the fields of its data begin. */
  addMetric(scope: number, key: Buffer, dataTag: number, bytes: Buffer, middle: number, to: number): number {
    const row = this.#add(this.#metrics, key, bytes, 0, to);
    if (row < 0) return -1;
    this.#metrics.set(row, metricField.tag, dataTag);
    this.#metrics.set(row, metricField.middle, middle);
    append(this.#scopes, scope, this.#metrics, row);
    return row;
  }

  /** Keeps a point, which is `bytes[from, to)`, unless there is one of its stream that is not earlier. */
  hold(metric: number, key: Buffer, time: Word64, bytes: Buffer, from: number, to: number): Holding {
    const points = this.#points;
    const found = points.find(key);
    if (found >= 0) {
      if (time.compare(this.#timeOf(found)) <= 0) return 'late';
      // One that passes for want of room is not followed by earlier ones either.
      this.#setTime(found, time);
      const wasHeld = points.get(found, field.size) > 0;
      if (!this.#put(points, found, bytes, from, to)) return wasHeld ? 'no room, earlier one gone' : 'no room';
      if (!wasHeld) this.count++;
      return wasHeld ? 'newer' : 'first';
    }
    const row = this.#add(points, key, bytes, from, to);
    if (row < 0) return 'no room';
    this.#setTime(row, time);
    append(this.#metrics, metric, points, row);
    this.count++;
    return 'first';
  }

  /** Makes batches of all points; what they were made of stays. */
  *batches(): Generator<Batch, undefined> {
    const out = new StoredMetrics();
    const open = { resource: -1, scope: -1, metric: -1 };
    for (let resource = this.#firstResource; resource >= 0; resource = this.#resources.get(resource, field.next))
      for (let scope = firstOf(this.#resources, resource); scope >= 0; scope = this.#scopes.get(scope, field.next))
        for (let metric = firstOf(this.#scopes, scope); metric >= 0; metric = this.#metrics.get(metric, field.next))
          for (let point = firstOf(this.#metrics, metric); point >= 0; point = this.#points.get(point, field.next)) {
            if (this.#points.get(point, field.size) === 0) continue;
            if (open.resource !== resource) this.#write(this.#resources, resource, out.resource.bind(out));
            if (open.scope !== scope) this.#write(this.#scopes, scope, out.scope.bind(out));
            if (open.metric !== metric) this.#writeMetric(metric, out);
            Object.assign(open, { resource, scope, metric });
            const address = this.#points.get(point, field.address);
            const at = this.#store.offset(address);
            out.point(this.#store.chunk(address).bytes, at, at + this.#points.get(point, field.size) - 1);
            if (out.size < batchBytes) continue;
            yield out.finish();
            Object.assign(open, { resource: -1, scope: -1, metric: -1 });
          }
    if (out.itemCount > 0) yield out.finish();
  }

  #write(table: StreamTable, row: number, to: (bytes: Buffer, from: number, to: number) => void): void {
    const address = table.get(row, field.address);
    const at = this.#store.offset(address);
    to(this.#store.chunk(address).bytes, at, at + table.get(row, field.size) - 1);
  }

  #writeMetric(row: number, out: StoredMetrics): void {
    const tag = this.#metrics.get(row, metricField.tag);
    const middle = this.#metrics.get(row, metricField.middle);
    this.#write(this.#metrics, row, (bytes, from, to) => out.metric(bytes, from, from + middle, to, tag));
  }

  #add(table: StreamTable, key: Buffer, bytes: Buffer, from: number, to: number): number {
    if (!this.#fits(table.rowBytes + ByteStore.sizeOf(to - from + 1))) return -1;
    const row = table.add(key, 0);
    if (row < 0) return -1;
    table.set(row, field.next, -1);
    this.#put(table, row, bytes, from, to);
    return row;
  }

  /** Puts bytes in place of those of a row, whose size is one more, so that 0 means none. False without room. */
  #put(table: StreamTable, row: number, bytes: Buffer, from: number, to: number): boolean {
    const size = to - from + 1;
    const before = table.get(row, field.size);
    if (before === 0 || ByteStore.sizeOf(before) !== ByteStore.sizeOf(size)) {
      if (before > 0) this.#store.giveBack(table.get(row, field.address), before);
      table.set(row, field.size, 0);
      if (!this.#fits(ByteStore.sizeOf(size))) {
        if (before > 0) this.count--;
        return false;
      }
      table.set(row, field.address, this.#store.take(size));
    }
    table.set(row, field.size, size);
    const address = table.get(row, field.address);
    bytes.copy(this.#store.chunk(address).bytes, this.#store.offset(address), from, to);
    return true;
  }

  #fits(bytes: number): boolean {
    return this.bound.used + bytes <= this.bound.limit;
  }

  #timeOf(row: number): Word64 {
    this.#time.low = this.#points.get(row, pointField.timeLow) >>> 0;
    this.#time.high = this.#points.get(row, pointField.timeHigh) >>> 0;
    return this.#time;
  }

  #setTime(row: number, { low, high }: Word64): void {
    this.#points.set(row, pointField.timeLow, low);
    this.#points.set(row, pointField.timeHigh, high);
  }
}

/** The first child; -1 when there is none. */
function firstOf(table: StreamTable, row: number): number {
  return table.get(row, parentField.first) - 1;
}

/** Adds a child behind the others. */
function append(parents: StreamTable, parent: number, children: StreamTable, child: number): void {
  const last = parents.get(parent, parentField.last) - 1;
  if (last < 0) parents.set(parent, parentField.first, child + 1);
  else children.set(last, field.next, child);
  parents.set(parent, parentField.last, child + 1);
}
