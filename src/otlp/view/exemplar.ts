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
    super(exemplar);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get timeUnixNano(): Word64 {
    return this.fields.fixed64(time, this.#time);
  }

  get type(): 'empty' | 'int' | 'double' {
    return this.fields.has(asInt) ? 'int' : this.fields.has(asDouble) ? 'double' : 'empty';
  }

  get asDouble(): number {
    return this.fields.double(asDouble);
  }

  /** In two's complement. */
  get asInt(): Word64 {
    return this.fields.fixed64(asInt, this.#int);
  }

  get traceId(): Range {
    return this.fields.range(traceId, this.#traceId);
  }

  get spanId(): Range {
    return this.fields.range(spanId, this.#spanId);
  }
}
