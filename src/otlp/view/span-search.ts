import type { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { at32, byteAt } from '../wire/at.js';
import { dataViewOf } from '../wire/viewed-bytes.js';
import type { Index } from '../wire/item-index.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { fixed32At, varintLow } from '../wire/words.js';
import { AttributeSearch } from './attribute-search.js';
import { Backing } from './backing.js';
import type { Key } from './key.js';

const tags = {
  spanId: tagOf('Span', 'span_id'),
  state: tagOf('Span', 'trace_state'),
  name: tagOf('Span', 'name'),
  kind: tagOf('Span', 'kind'),
  start: tagOf('Span', 'start_time_unix_nano'),
  end: tagOf('Span', 'end_time_unix_nano'),
  attributes: tagOf('Span', 'attributes'),
  status: tagOf('Span', 'status'),
  code: tagOf('Status', 'code'),
} as const;
const word = 2 ** 32;
const noView = new DataView(new ArrayBuffer(0));
const noRows: Index['items'] = new Int32Array(0);

/**
 * The usual fields of a span: its name, kind, status, times and tracestate, and attributes with some keys, in one pass
 * over the span. Texts are bounds in `bytes`.
 * ```
 * const search = new SpanSearch([key('http.route')]);   // once
 * for (search.open(batch), row = 0; row < batch.index.itemCount; row++) {
 *   search.move(row);
 *   if (search.attributes.has(0)) count(search.kind, search.duration);
 * }
 * ```
 */
export class SpanSearch {
  readonly attributes: AttributeSearch;
  nameFrom = 0;
  nameTo = 0;
  stateFrom = 0;
  stateTo = 0;
  /** Where the IDs of 16 and of 8 bytes begin; -1: there is none. */
  traceIdAt = -1;
  spanIdAt = -1;
  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind = 0;
  /** 0 unset, 1 ok, 2 error. */
  code = 0;
  #startAt = -1;
  #endAt = -1;
  readonly #backing: Backing = new Backing();
  #view: DataView = noView;
  #items: Int32Array = noRows;

  /** @param keys - each once */
  constructor(keys: readonly Key[]) {
    this.attributes = new AttributeSearch(keys);
  }

  get bytes(): Uint8Array {
    return this.#backing.bytes;
  }

  open({ bytes, index }: Batch): void {
    this.#backing.bytes = bytes;
    this.#view = dataViewOf(bytes);
    this.#items = index.items;
  }

  /** Lets go of the batch. */
  close(): void {
    this.#backing.drop();
    this.#view = noView;
    this.attributes.begin(this.#backing);
    this.#items = noRows;
  }

  /** End less start, nanoseconds; 0 when the span ends before it starts. */
  get duration(): number {
    const { bytes } = this.#backing;
    const start = this.#startAt;
    const end = this.#endAt;
    if (end < 0) return 0;
    const high = fixed32At(bytes, end + 4) - (start < 0 ? 0 : fixed32At(bytes, start + 4));
    const low = fixed32At(bytes, end) - (start < 0 ? 0 : fixed32At(bytes, start));
    return Math.max(0, high * word + low);
  }

  /** Looks through the span in a row of the index. */
  move(row: number): void {
    const { bytes } = this.#backing;
    const { attributes } = this;
    attributes.begin(this.#backing, this.#view);
    this.nameFrom = this.nameTo = this.stateFrom = this.stateTo = this.kind = this.code = 0;
    this.spanIdAt = this.#startAt = this.#endAt = -1;
    this.traceIdAt = at32(this.#items, row * 4 + 3);
    const to = at32(this.#items, row * 4 + 2);
    for (let at = at32(this.#items, row * 4 + 1); at < to;) {
      // Tags and lengths of one byte are nearly all there are, and most fields are attributes.
      const field = at;
      if (byteAt(bytes, at) === tags.attributes && byteAt(bytes, at + 1) < 128) {
        at += 2 + byteAt(bytes, at + 1);
        if (!attributes.isComplete) attributes.take(bytes, field + 2, at);
        continue;
      }
      let tag = byteAt(bytes, at++);
      if (tag > 127) {
        tag = tagAt(bytes, field);
        at = varintEnd(bytes, field);
      }
      if (tag % 8 !== 2) {
        at = this.#scalar(tag, at);
        continue;
      }
      let length = byteAt(bytes, at);
      let from = at + 1;
      if (length > 127) {
        length = lengthAt(bytes, at);
        from = varintEnd(bytes, at);
      }
      at = from + length;
      if (tag === tags.attributes) attributes.take(bytes, from, at);
      else this.#text(tag, from, at);
    }
  }

  /** A field that is no attribute and has a length. */
  #text(tag: number, from: number, to: number): void {
    switch (tag) {
      case tags.name:
        this.nameFrom = from;
        this.nameTo = to;
        return;
      case tags.state:
        this.stateFrom = from;
        this.stateTo = to;
        return;
      case tags.spanId:
        this.spanIdAt = to - from === 8 ? from : -1;
        return;
      case tags.status:
        this.#status(from, to);
        return;
      default:
    }
  }

  /** Of a status in several pieces the last code counts. */
  #status(from: number, to: number): void {
    const { bytes } = this.#backing;
    for (let at = from; at < to;) {
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      if (tag === tags.code) this.code = varintLow(bytes, at) | 0;
      at = skipValue(bytes, at, tag % 8);
    }
  }

  /** Any other field; returns where it ends. */
  #scalar(tag: number, at: number): number {
    const { bytes } = this.#backing;
    switch (tag) {
      case tags.start:
        this.#startAt = at;
        return at + 8;
      case tags.end:
        this.#endAt = at;
        return at + 8;
      case tags.kind:
        this.kind = varintLow(bytes, at) | 0;
        return varintEnd(bytes, at);
      default:
        return skipValue(bytes, at, tag % 8);
    }
  }
}
