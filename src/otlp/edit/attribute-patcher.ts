import type { Batch } from '../batch.js';
import { fieldOf, tagOf } from '../fields.js';
import type { Key } from '../view/key.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import type { InPieces } from '../work.js';
import { AttributeTable } from './attribute-table.js';
import { Changes } from './changes.js';
import { encoding } from './encode.js';
import { ExtendedBytes, GrowthError } from './extended-bytes.js';
import { Output } from './output.js';
import { PointAttributes } from './point-attributes.js';
import { Runs } from './runs.js';
import { StringTable } from './string-table.js';

// The four signals number the resource alike.
const resource = fieldOf('ResourceSpans', 'resource');
const resourceAttributes = tagOf('Resource', 'attributes');
const schemaUrl = fieldOf('ResourceSpans', 'schema_url');
const itemAttributes = {
  traces: tagOf('Span', 'attributes'),
  logs: tagOf('LogRecord', 'attributes'),
  metrics: 0,
  profiles: 0,
} as const;

/** Bytes by which the changes may make any batch larger, and how often its own size beside them. */
const freeGrowth = 64 << 20;
const growthShare = 4;
/** Offsets have 31 bits; half of them are for what is added. */
const mostAdded = 1 << 30;

/**
 * Changes attributes of spans, log records, data points and resources where nothing else is changed: an item that is
 * not changed is only read, and the batch is copied once, with its changes, where a BatchEditor makes a copy to read
 * from as well.
 * ```
 * patcher.open(batch);
 * for (let row = 0; row < batch.index.itemCount; row++) {
 *   patcher.openItem(row);
 *   const token = patcher.attributes.find(userToken);
 *   if (token >= 0) patcher.attributes.remove(token);
 *   patcher.closeItem();
 * }
 * const changed = resultAtOnce(patcher.finishing()); // `batch` itself when nothing was changed
 * ```
 * For metrics: `for (patcher.points.open(row); patcher.points.next();) ...`. A batch that the changes would make far
 * larger than it was is a `GrowthError`: a sender can put millions of empty items into a small request.
 */
export class AttributePatcher {
  readonly #bytes: ExtendedBytes = new ExtendedBytes();
  readonly #runs: Runs = new Runs();
  readonly #changes: Changes = new Changes();
  readonly #strings: StringTable = new StringTable();
  /** Of the message that is open. */
  readonly attributes: AttributeTable;
  readonly points: PointAttributes;
  #batch: Batch | undefined;
  #row = 0;
  #itemTag = 0;
  #growth = 0;
  #mostGrowth = 0;
  /** Of the resource that is open, where it has none. */
  #schemaUrl: Uint8Array | undefined;

  /** @param keys - of all attributes that will be asked for; undefined: any */
  constructor(keys?: readonly Key[]) {
    this.attributes = new AttributeTable(this.#bytes, keys);
    this.points = new PointAttributes(this.#bytes, this.#runs, this.attributes);
  }

  /** Begins with a batch. Changes of another one that was not finished are dropped. */
  open(batch: Batch): this {
    this.close();
    const { bytes, signal, index } = batch;
    this.#batch = batch;
    this.#itemTag = itemAttributes[signal];
    this.#growth = 0;
    this.#mostGrowth = Math.min(mostAdded, freeGrowth + growthShare * bytes.length);
    this.#bytes.open(bytes, this.#mostGrowth);
    this.#changes.reset(index);
    this.attributes.begin(signal === 'profiles' ? this.#strings.open(bytes) : undefined);
    this.points.begin(index, this.#changes.items, (growth) => this.#grow(growth));
    return this;
  }

  /** Drops all changes and lets go of the batch. */
  close(): void {
    this.#batch = undefined;
    this.#bytes.close();
    this.#runs.clear();
  }

  /** Moves to the span or log record in a row of the index. */
  openItem(row: number): void {
    const { index } = this.#opened();
    this.#row = row;
    this.attributes.open(index.itemFrom(row), index.itemTo(row), this.#itemTag);
  }

  /** Keeps the changes of the item. */
  closeItem(): void {
    if (!this.attributes.isChanged) return;
    const list = this.#runs.create();
    this.#grow(this.attributes.write(this.#runs, list));
    this.#changes.items[this.#row] = list;
  }

  /** Moves to the resource in a row of the index. One that was not sent has no attributes. */
  openResource(row: number): void {
    this.#row = row;
    this.#schemaUrl = undefined;
    const pieces: (readonly [from: number, to: number])[] = [];
    this.#around(row, (_field, body, end) => {
      if (body > 0) pieces.push([body, end]);
    });
    const bytes = this.#bytes;
    let [from, to] = pieces[0] ?? [0, 0];
    if (pieces.length > 1) {
      // Messages that came in pieces are one, whose fields are those of all.
      from = bytes.end;
      for (const piece of pieces) bytes.copy(...piece);
      to = bytes.end;
    }
    this.attributes.open(from, to, resourceAttributes);
  }

  /** Gives the open resource a schema URL if it has none. */
  fillSchemaUrl(url: Uint8Array): void {
    const { bytes } = this.#opened();
    let has = false;
    this.#around(this.#row, (field) => {
      if (tagAt(bytes, field) === schemaUrl.tag) has = lengthAt(bytes, varintEnd(bytes, field)) > 0;
    });
    if (!has) this.#schemaUrl = url;
  }

  /** Keeps the changes of the resource. */
  closeResource(): void {
    const url = this.#schemaUrl;
    const { isChanged } = this.attributes;
    if (!isChanged && url === undefined) return;
    const runs = this.#runs;
    const list = runs.create();
    if (isChanged) this.#appendAttributes(list);
    this.#around(this.#row, (field, body, to) => {
      if (body === 0 || !isChanged) runs.append(list, field, to);
    });
    if (url !== undefined) this.#appendSchemaUrl(list, url);
    this.#changes.resources[this.#row] = list;
  }

  /**
   * Encodes the changes in pieces of work and lets go of the batch. Returns the batch that was opened when nothing was
   * changed, else a new one, which the caller owns.
   */
  *finishing(): InPieces<Batch> {
    const batch = this.#opened();
    let result = batch;
    if (this.#changes.some(batch.index)) {
      const out = new Output(this.#runs, batch.bytes, this.#bytes);
      result = yield* encoding(batch, this.#changes, out, (_list, row) => batch.unitsIn(row, row + 1));
    }
    this.close();
    return result;
  }

  /** Adds the resource with its changed attributes to a list of runs. */
  #appendAttributes(list: number): void {
    const runs = this.#runs;
    const bytes = this.#bytes;
    const message = runs.create();
    this.#grow(this.attributes.write(runs, message));
    const header = bytes.end;
    bytes.begin(resource.tag, runs.length(message));
    runs.append(list, header, bytes.end);
    for (let run = runs.first(message); run !== 0; run = runs.next(run))
      runs.append(list, runs.from(run), runs.to(run));
  }

  /** Adds a schema URL behind an empty one, if there is one: the last counts. */
  #appendSchemaUrl(list: number, url: Uint8Array): void {
    const bytes = this.#bytes;
    const from = bytes.end;
    bytes.begin(schemaUrl.tag, url.length);
    bytes.raw(url);
    this.#grow(bytes.end - from);
    this.#runs.append(list, from, bytes.end);
  }

  /**
   * Calls `each` for the fields of a resource's row that are no scopes: `[field, to)`. `body`: of a piece of the
   * resource, where that begins; 0 for all others.
   */
  #around(row: number, each: (field: number, body: number, to: number) => void): void {
    const { index, bytes } = this.#opened();
    let at = index.resourceFrom(row);
    const last = index.firstScope(row + 1);
    for (let s = index.firstScope(row); s <= last; s++) {
      const to = s < last ? index.scopeTag(s) : index.resourceTo(row);
      while (at < to) {
        const field = at;
        const tag = tagAt(bytes, at);
        const value = varintEnd(bytes, at);
        at = skipValue(bytes, value, tag % 8);
        each(field, tag === resource.tag ? varintEnd(bytes, value) : 0, at);
      }
      if (s < last) at = index.scopeTo(s);
    }
  }

  #grow(bytes: number): void {
    this.#growth += bytes;
    if (this.#growth > this.#mostGrowth) throw new GrowthError('the changes would make the batch too large');
  }

  #opened(): Batch {
    if (this.#batch === undefined) throw new Error('no batch is open');
    return this.#batch;
  }
}
