import type { Clock } from '../../component/clock.js';
import type { Attributes } from '../../component/telemetry.js';
import type { Span, SpanContext, SpanOptions } from '../../component/tracer.js';
import type { FinishedSpan, SpanEvent } from '../../component/recent-spans.js';
import type { SpanLimits } from '../config/traces.js';

/** A sampled span. It records until it ends, within the limits; the counts of what the limits dropped go with it. */
export class RecordingSpan implements Span {
  readonly context: SpanContext;
  readonly #name: string;
  readonly #options: SpanOptions;
  readonly #limits: SpanLimits;
  readonly #clock: Clock;
  readonly #ended: (span: FinishedSpan) => void;
  readonly #startMs: number;
  readonly #began: number;
  readonly #attributes: Record<string, string | number | boolean> = {};
  readonly #events: SpanEvent[] = [];
  readonly #dropped: { attributes: number; events: number; links: number } = { attributes: 0, events: 0, links: 0 };
  #size = 0;
  #failure: string | undefined;
  #over = false;

  constructor(
    context: SpanContext,
    name: string,
    options: SpanOptions,
    limits: SpanLimits,
    clock: Clock,
    ended: (span: FinishedSpan) => void,
  ) {
    this.context = context;
    this.#name = name;
    this.#options = options;
    this.#limits = limits;
    this.#clock = clock;
    this.#ended = ended;
    this.#startMs = clock.unixMs();
    this.#began = clock.now();
    this.set(options.attributes ?? {});
  }

  set(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (!Object.hasOwn(this.#attributes, name)) {
        if (this.#size >= this.#limits.attribute_count_limit) {
          this.#dropped.attributes++;
          continue;
        }
        this.#size++;
      }
      this.#attributes[name] = this.#cut(value);
    }
  }

  event(name: string, attributes: Attributes): void {
    if (this.#events.length >= this.#limits.event_count_limit) {
      this.#dropped.events++;
      return;
    }
    const within = Object.entries(attributes).slice(0, this.#limits.event_attribute_count_limit);
    this.#events.push({
      timeMs: this.#nowMs(),
      name,
      attributes: Object.fromEntries(within.map(([key, value]) => [key, this.#cut(value)])),
    });
  }

  fail(message: string): void {
    this.#failure = message;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    const links = (this.#options.links ?? []).slice(0, this.#limits.link_count_limit);
    this.#dropped.links = (this.#options.links ?? []).length - links.length;
    this.#ended({
      context: this.context,
      parent: this.#options.parent,
      name: this.#name,
      kind: this.#options.kind ?? 'internal',
      startMs: this.#startMs,
      endMs: this.#nowMs(),
      attributes: this.#attributes,
      events: this.#events,
      links,
      failure: this.#failure,
      dropped: this.#dropped,
    });
  }

  #nowMs(): number {
    return this.#startMs + this.#clock.now() - this.#began;
  }

  /** The value, a text of at most the allowed length. */
  #cut(value: string | number | boolean): string | number | boolean {
    const most = this.#limits.attribute_value_length_limit;
    return typeof value === 'string' && most >= 0 ? value.slice(0, most) : value;
  }
}

/** A span that is not sampled: nothing is recorded, but its context travels on. */
export class UnsampledSpan implements Span {
  readonly context: SpanContext;
  constructor(context: SpanContext) {
    this.context = context;
  }
  set(): void {}
  event(): void {}
  fail(): void {}
  end(): void {}
}
