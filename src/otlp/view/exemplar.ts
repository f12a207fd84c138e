import { AttributedView } from './attributes.js';
import { Layout } from './layout.js';
import { Range } from './range.js';
import { Word64 } from './word64.js';

const exemplar = new Layout('Exemplar');
const time = exemplar.field('time_unix_nano');
const asDouble = exemplar.field('as_double');
const asInt = exemplar.field('as_int');
const spanId = exemplar.field('span_id');
const traceId = exemplar.field('trace_id');

/** An exemplar of a data point. Its attributes are those that the point has not. */
export class ExemplarView extends AttributedView {
  readonly #time: Word64 = new Word64();
  readonly #int: Word64 = new Word64();
  readonly #traceId: Range = new Range();
  readonly #spanId: Range = new Range();

  constructor() {
    super(exemplar, exemplar.field('filtered_attributes'));
  }

  next(): boolean {
    return this.advance();
  }

  get timeUnixNano(): Word64 {
    return this.readFixed64(time, this.#time);
  }

  get type(): 'empty' | 'int' | 'double' {
    return this.has(asInt) ? 'int' : this.has(asDouble) ? 'double' : 'empty';
  }

  get asDouble(): number {
    return this.readDouble(asDouble);
  }

  /** In two's complement. */
  get asInt(): Word64 {
    return this.readFixed64(asInt, this.#int);
  }

  get traceId(): Range {
    return this.readRange(traceId, this.#traceId);
  }

  get spanId(): Range {
    return this.readRange(spanId, this.#spanId);
  }
}
