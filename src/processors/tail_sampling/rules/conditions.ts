import { AttributeSearch } from '../../../otlp/view/attribute-search.js';
import type { AttributedView } from '../../../otlp/view/attributes.js';
import { key } from '../../../otlp/view/key.js';
import type { ResourceView } from '../../../otlp/view/resource.js';
import type { SpanView } from '../../../otlp/view/span.js';
import type { SpanSurroundings } from '../../../sampling/arrivals.js';
import { at32 } from '../../../otlp/wire/at.js';
import { AttributeConditions } from './attribute-conditions.js';
import { bitOf, isSet, setBit, type Bit } from './bits.js';
import type { OttlTest } from './ottl-test.js';
import type { TraceStateTest } from './trace-state.js';

/**
 * Everything that is looked for in the spans of a trace and their resources. Each condition has a number, equal ones
 * have the same, and is asked of a span once, when it arrives: a trace keeps one bit for each.
 */
export class Conditions {
  readonly #numbers: Map<string, number> = new Map();
  readonly #attributes: Map<string, AttributeConditions> = new Map();
  /** The values of the map above, and the search for their keys: in the same order. */
  readonly #byKey: AttributeConditions[] = [];
  #search: AttributeSearch = new AttributeSearch([]);
  /** All bits of conditions on attributes, by word. */
  readonly #ofAttributes: number[] = [];
  readonly #statuses: { readonly bit: Bit; readonly codes: number }[] = [];
  readonly #states: { readonly bit: Bit; readonly test: TraceStateTest }[] = [];
  #sampledFlag: Bit | undefined;
  readonly #ottl: { readonly bit: Bit; readonly failed: Bit; readonly test: OttlTest }[] = [];

  get words(): number {
    return Math.max(1, Math.ceil(this.#numbers.size / 32));
  }

  /** The descriptions of all conditions, by their numbers. */
  get descriptions(): string[] {
    return [...this.#numbers.keys()];
  }

  /** A status with one of some codes: code `c` is bit `c` of the mask. */
  status(codes: number): Bit {
    return this.#once(['status', codes], (bit) => this.#statuses.push({ bit, codes }));
  }

  /** The flag `sampled` of W3C Trace Context. */
  sampledFlag(): Bit {
    return this.#once(['sampled flag'], (bit) => (this.#sampledFlag = bit));
  }

  /** A member of `tracestate`. Conditions with the same description are one. */
  traceState(description: readonly unknown[], make: () => TraceStateTest): Bit {
    return this.#once(['trace state', ...description], (bit) => this.#states.push({ bit, test: make() }));
  }

  /** An attribute of a span or a resource. `add` adds the condition to those of its key. */
  attribute(name: string, description: readonly unknown[], add: (all: AttributeConditions, bit: Bit) => void): Bit {
    return this.#once(['attribute', name, ...description], (bit) => {
      while (this.#ofAttributes.length <= bit.word) this.#ofAttributes.push(0);
      this.#ofAttributes[bit.word] = (this.#ofAttributes[bit.word] ?? 0) | bit.mask;
      add(this.#ofKey(name), bit);
    });
  }

  /** Conditions of OTTL. A trace on which one has failed does not satisfy them any more, whatever comes behind. */
  ottl(description: readonly unknown[], make: () => OttlTest): Bit {
    const failed = this.#once(['ottl failed', ...description], () => {});
    return this.#once(['ottl', ...description], (bit) => this.#ottl.push({ bit, failed, test: make() }));
  }

  readResource(resource: ResourceView, found: Int32Array, at: number): void {
    this.#readAttributes(resource, true, found, at);
  }

  readSpan(span: SpanView, found: Int32Array, at: number, around: SpanSurroundings): void {
    for (const { bit, codes } of this.#statuses)
      if (!isSet(found, at, bit) && hasCode(codes, span.status.code)) setBit(found, at, bit);
    const sampled = this.#sampledFlag;
    if (sampled !== undefined && (span.flags & 1) === 1) setBit(found, at, sampled);
    for (const { bit, test } of this.#states)
      if (!isSet(found, at, bit) && test.test(span.traceState)) setBit(found, at, bit);
    this.#readAttributes(span, false, found, at);
    for (const { bit, failed, test } of this.#ottl) {
      if (isSet(found, at, bit) || isSet(found, at, failed)) continue;
      const answer = test.test(span, around);
      if (answer !== 'not') setBit(found, at, answer === 'holds' ? bit : failed);
    }
  }

  #readAttributes(view: AttributedView, matchesEmpty: boolean, found: Int32Array, at: number): void {
    if (this.#allFound(found, at)) return;
    const byKey = this.#byKey;
    const search = this.#search;
    search.open(view);
    for (let i = 0; i < byKey.length; i++) {
      if (!search.has(i)) continue;
      const conditions = byKey[i] as AttributeConditions;
      if (search.isText(i))
        conditions.readText(search.bytes, search.textStart, search.textEnd, matchesEmpty, found, at);
      else conditions.readValue(search.value(i), matchesEmpty, found, at);
    }
  }

  /** Nothing is left to be looked for in attributes. */
  #allFound(found: Int32Array, at: number): boolean {
    const wanted = this.#ofAttributes;
    for (let word = 0; word < wanted.length; word++) {
      const mask = wanted[word] as number;
      if ((at32(found, at + word) & mask) !== mask) return false;
    }
    return true;
  }

  #once(description: readonly unknown[], add: (bit: Bit) => void): Bit {
    const name = JSON.stringify(description);
    const known = this.#numbers.get(name);
    if (known !== undefined) return bitOf(known);
    const bit = bitOf(this.#numbers.size);
    add(bit);
    this.#numbers.set(name, this.#numbers.size);
    return bit;
  }

  #ofKey(name: string): AttributeConditions {
    let all = this.#attributes.get(name);
    if (all === undefined) {
      all = new AttributeConditions();
      this.#attributes.set(name, all);
      this.#byKey.push(all);
      this.#search = new AttributeSearch([...this.#attributes.keys()].map(key));
    }
    return all;
  }
}

/** A peer may send any number as a code. */
function hasCode(codes: number, code: number): boolean {
  return code >= 0 && code < 32 && ((codes >>> code) & 1) === 1;
}
