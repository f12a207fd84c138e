import { at32 } from './at.js';
import { keepShape } from '../../runtime/memory/kept-shape.js';

/**
 * Offsets into a batch's bytes, as flat typed arrays. A level's rows are in order of appearance; row i of a level
 * owns the rows of the next level from its `first` up to the `first` of row i+1. Offsets count from the batch's first
 * byte; the body of a message lies behind its tag and length.
 */
export class Index {
  /** Rows of 4: tag start, body start, end, first scope. */
  readonly resources: Int32Array;
  /** Rows of 4: tag start, body start, end, first item. */
  readonly scopes: Int32Array;
  /**
   * Rows of 4: tag start, body start, end, and for spans and log records the offset of the 16 trace id bytes (-1:
   * none), for metrics their number of data points, for profiles their number of samples.
   */
  readonly items: Int32Array;

  constructor(resources: Int32Array, scopes: Int32Array, items: Int32Array) {
    this.resources = resources;
    this.scopes = scopes;
    this.items = items;
  }

  get resourceCount(): number {
    return this.resources.length >> 2;
  }

  get scopeCount(): number {
    return this.scopes.length >> 2;
  }

  /** Spans, log records, metrics or profiles; a metric is one row however many data points it has. */
  get itemCount(): number {
    return this.items.length >> 2;
  }

  /** Memory that the three arrays take, bytes. */
  get byteLength(): number {
    return this.resources.byteLength + this.scopes.byteLength + this.items.byteLength;
  }

  /** Where the tag of resource `r` stands. */
  resourceTag(r: number): number {
    return at32(this.resources, r * 4);
  }

  /** Bounds of the body of ResourceSpans, ResourceMetrics and their like number `r`. */
  resourceFrom(r: number): number {
    return at32(this.resources, r * 4 + 1);
  }

  resourceTo(r: number): number {
    return at32(this.resources, r * 4 + 2);
  }

  /** The first scope of resource `r`; the scopes of `r` end before `firstScope(r + 1)`. */
  firstScope(r: number): number {
    return r < this.resourceCount ? at32(this.resources, r * 4 + 3) : this.scopeCount;
  }

  /** Where the tag of scope `s` stands. */
  scopeTag(s: number): number {
    return at32(this.scopes, s * 4);
  }

  /** Bounds of the body of ScopeSpans, ScopeMetrics and their like number `s`. */
  scopeFrom(s: number): number {
    return at32(this.scopes, s * 4 + 1);
  }

  scopeTo(s: number): number {
    return at32(this.scopes, s * 4 + 2);
  }

  /** The first item of scope `s`; the items of `s` end before `firstItem(s + 1)`. */
  firstItem(s: number): number {
    return s < this.scopeCount ? at32(this.scopes, s * 4 + 3) : this.itemCount;
  }

  /** Where the tag of item `i` stands; its body begins at `itemFrom`. */
  itemTag(i: number): number {
    return at32(this.items, i * 4);
  }

  itemFrom(i: number): number {
    return at32(this.items, i * 4 + 1);
  }

  itemTo(i: number): number {
    return at32(this.items, i * 4 + 2);
  }

  /** Spans and log records: offset of the 16 bytes of the trace ID of item `i`, -1 when it has none. */
  traceIdAt(i: number): number {
    return at32(this.items, i * 4 + 3);
  }

  /** Metrics and profiles: the number of data points or samples of item `i`. */
  pointCount(i: number): number {
    return at32(this.items, i * 4 + 3);
  }
}

const none = new Int32Array(0);
keepShape(new Index(none, none, none));
