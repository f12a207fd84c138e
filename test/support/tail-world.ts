import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cancellation } from '../../src/component/cancellation.js';
import type { Clock } from '../../src/component/clock.js';
import { emptyContext, type Consumer, type RequestContext } from '../../src/component/consumer.js';
import { DeliveryError } from '../../src/component/delivery-error.js';
import { worksUnderWay } from '../../src/component/turn.js';
import type { Batch } from '../../src/otlp/batch.js';
import { splitByCount } from '../../src/otlp/parts/partition.js';
import { config } from '../../src/processors/tail_sampling/config.js';
import { TailSampling } from '../../src/processors/tail_sampling/tail-sampling.js';
import { heldWorld, total, type HeldWorld } from './held-world.js';
import { batchOf, delimited, fieldsOf, plainSpans, unknownField, type PlainSpan } from './plain-spans.js';

export type Outcome = 'accept' | 'accept late' | 'refuse' | 'refuse for good' | 'accept the first span' | 'hang';

/** The component behind the processor: it does what it is told, or accepts, and remembers the spans. */
export class Next implements Consumer {
  outcomes: Outcome[] = [];
  /** The outcome when no other is set. */
  usual: Outcome = 'accept';
  readonly accepted: PlainSpan[] = [];
  readonly refusedForGood: PlainSpan[] = [];
  /** Sizes of the batches that came. */
  readonly sizes: number[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async consume(batch: Batch, { signal }: RequestContext): Promise<void> {
    const outcome = this.outcomes.shift() ?? this.usual;
    this.sizes.push(batch.bytes.length);
    if (outcome === 'accept late' || outcome === 'hang')
      await new Promise<void>((resolve) => {
        this.#clock.after(outcome === 'hang' ? 1e9 : 400, resolve);
        signal?.addEventListener('abort', resolve);
        if (signal?.aborted) resolve();
      });
    const [first, rest] =
      outcome === 'accept the first span' ? splitByCount(batch, 1, batch.itemCount) : [undefined, batch];
    if (first) this.accepted.push(...plainSpans(first.bytes));
    if (outcome === 'accept' || (outcome === 'accept late' && signal?.aborted !== true))
      this.accepted.push(...plainSpans(batch.bytes));
    else if (rest) {
      if (outcome === 'refuse for good') this.refusedForGood.push(...plainSpans(batch.bytes));
      const kind = outcome === 'refuse for good' ? 'permanent' : 'retryable';
      throw new DeliveryError(kind, { class: kind, reason: 'backend_refused', ...(first ? { remaining: rest } : {}) });
    }
  }
}

export interface SpanSpec {
  readonly trace: number;
  /** Serial number: the span ID. */
  readonly number: number;
  readonly root?: boolean;
  /** Values of the attribute `k`. */
  readonly k?: string;
  readonly nameBytes?: number;
  readonly startNs?: bigint;
  readonly endNs?: bigint;
  readonly service?: string;
  /** Bytes of unknown fields of its resource and scope: spans with equal ones share them. */
  readonly resource?: number;
  readonly scope?: number;
}

/** A span in its surroundings. */
export function spanOf(spec: SpanSpec): PlainSpan {
  const { trace, number, root = false, k, nameBytes = 4, service = '', resource = 0, scope = 0 } = spec;
  const fields = [delimited(0x0a, traceId(trace)), delimited(0x12, spanId(number))];
  if (!root) fields.push(delimited(0x22, spanId(7)));
  fields.push(delimited(0x2a, Buffer.alloc(nameBytes, 0x61 + (number % 26))));
  if (spec.startNs !== undefined) fields.push(fixed64(0x39, spec.startNs));
  if (spec.endNs !== undefined) fields.push(fixed64(0x41, spec.endNs));
  if (k !== undefined) fields.push(delimited(0x4a, attribute('k', k)));
  const named = service === '' ? Buffer.alloc(0) : delimited(0x0a, delimited(0x0a, attribute('service.name', service)));
  return {
    resource: named.toString('hex') + (resource > 0 ? unknownField(Buffer.alloc(resource, resource)) : ''),
    scope: scope > 0 ? unknownField(Buffer.alloc(scope, scope)) : '',
    span: delimited(0x12, ...fields).toString('hex'),
    trace: traceId(trace).toString('hex'),
  };
}

/** The state of a batch that was sent. */
export interface Sent {
  readonly spans: readonly PlainSpan[];
  ended: boolean;
  error: DeliveryError | undefined;
}

/** Enough for all tests: tables of the usual size take longer to make than most tests. */
const few = { sampled_cache_size: 200_000, non_sampled_cache_size: 200_000 };

/** A processor under test in a held world. */
export class TailWorld {
  readonly world: HeldWorld = heldWorld({ id: 'tail_sampling' });
  readonly next: Next = new Next(this.world.clock);
  readonly processor: TailSampling;
  readonly sent: Sent[] = [];
  /** Spans that senders have back and have not sent again. */
  back: PlainSpan[] = [];
  #number = 1000;

  constructor(options: object) {
    this.processor = new TailSampling(
      config.parse({ max_pending_bytes: 64 << 20, decision_cache: few, ...options }),
      this.world.context,
      this.next,
    );
    this.processor.start();
  }

  /** Hands a batch of spans to the processor; its bytes are another's once the processor has answered. */
  send(spans: readonly PlainSpan[], context: Partial<RequestContext> = {}): Sent {
    return this.sendBatch(batchOf(spans), context);
  }

  sendBatch(batch: Batch, context: Partial<RequestContext> = {}): Sent {
    const sent: Sent = { spans: plainSpans(batch.bytes), ended: false, error: undefined };
    this.sent.push(sent);
    const end = (error?: unknown): void => {
      sent.ended = true;
      if (error !== undefined) {
        if (!(error instanceof DeliveryError)) throw error;
        sent.error = error;
        const remaining = plainSpans((error.remaining ?? batch).bytes);
        // Late root spans may have been offered with the attributes that say what was decided.
        this.back = this.back.concat(remaining.map((each) => withoutAnnotations(each).plain));
      }
      batch.bytes.fill(0xee);
    };
    this.processor.consume(batch, { ...emptyContext, ...context }).then(() => end(), end);
    return sent;
  }

  /** A span with a new number. */
  span(spec: Omit<SpanSpec, 'number'>): PlainSpan {
    return spanOf({ ...spec, number: this.#number++ });
  }

  /** Senders come again with what they have back. */
  sendAgain(): void {
    if (this.back.length > 0) this.send(this.back.splice(0));
  }

  /** Lets what can go on without the clock go on. */
  async settle(): Promise<void> {
    // A busy machine does in many turns what another does in one.
    do {
      for (let i = 0; i < 5; i++) await turn();
    } while (worksUnderWay() > 0);
  }

  /** Lets `seconds` pass. */
  async ticks(seconds: number): Promise<void> {
    await this.world.clock.pass(seconds * 1000);
    await this.settle();
  }

  /** Lets seconds pass until nothing waits any more. */
  async untilEmpty(): Promise<void> {
    do await this.ticks(1);
    while (this.waiting.some((amount) => amount !== 0) || this.held > 0);
  }

  get balance(): number {
    return this.world.books.balance;
  }

  get held(): number {
    return total(this.world.books.heldItems);
  }

  get dropped(): Readonly<Record<string, number>> {
    return this.world.books.droppedItems;
  }

  /** The pending data, by the metrics: traces, spans and bytes. */
  get waiting(): readonly (number | undefined)[] {
    const { metrics } = this.world;
    return [
      metrics['otelcol_processor_tail_sampling_sampling_traces_on_memory'],
      metrics['kanmon_tail_sampling_pending_spans'],
      metrics['kanmon_tail_sampling_pending_bytes'],
    ];
  }

  /** Lets the clock go on until the processor has ended. */
  async shutdown(deadline: AbortSignal = new AbortController().signal): Promise<void> {
    const ended = this.processor.shutdown(deadline);
    await this.settle();
    await this.world.clock.pass(100_000);
    await ended;
    await this.settle();
  }
}

/** The context of a sender that waits `ms`. */
export const waits = (world: HeldWorld, ms: number, signal?: Cancellation): Partial<RequestContext> => ({
  deadline: world.clock.now() + ms,
  signal,
});

/** Spans as texts to compare, in an order that does not depend on that of arrival. */
export const sorted = (spans: readonly PlainSpan[]): string[] =>
  spans.map(({ resource, scope, span }) => `${resource}/${scope}/${span}`).sort();

const annotation = Buffer.from('kanmon.sampling.').toString('hex');

/** The span without the attributes that the processor sets, and the values of these. */
export function withoutAnnotations(plain: PlainSpan): {
  readonly plain: PlainSpan;
  readonly values: readonly string[];
} {
  const bytes = Buffer.from(plain.span, 'hex');
  const [whole] = fieldsOf(bytes);
  const body = bytes.subarray(whole!.bodyFrom);
  const fields = fieldsOf(body).map(({ tag, from, to }) => ({ tag, bytes: body.subarray(from, to) }));
  const isOurs = (field: (typeof fields)[number]): boolean =>
    field.tag === 0x4a && field.bytes.toString('hex').includes(annotation);
  const span = delimited(0x12, ...fields.filter((field) => !isOurs(field)).map((field) => field.bytes)).toString('hex');
  const values = fields.filter(isOurs).map((field) => field.bytes.toString().replace(/[^ -~]+/g, ' '));
  return { plain: { ...plain, span }, values };
}

/** Nothing was lost, repeated, changed or torn. */
export function judge({ sent, back, next, dropped }: TailWorld, given: { readonly sampling_strategy?: string }): void {
  const spans = new Map(sent.flatMap((one) => one.spans.map((each) => [numberOf(each), each])));
  const accepted = next.accepted.map(withoutAnnotations);
  const arrived = new Set(accepted.map(({ plain }) => numberOf(plain)));
  expect(arrived.size).toBe(accepted.length);
  for (const { plain } of accepted) expect(sorted([plain])).toEqual(sorted([spans.get(numberOf(plain))!]));
  const returned = new Set(back.map(numberOf));
  expect(returned.size).toBe(back.length);
  for (const number of returned) expect(arrived.has(number)).toBe(false);
  expect(arrived.size + returned.size + total(dropped)).toBe(spans.size);
  for (const { plain, values } of accepted) if (values.length > 0) expect(isRoot(plain)).toBe(true);
  // Pieces of a trace are judged alone; and what could not be handed on at the end is in no list.
  if (given.sampling_strategy === 'span-ingest' || dropped['shutdown']) return;
  const refused = new Set(next.refusedForGood.map((each) => numberOf(withoutAnnotations(each).plain)));
  const fates = new Map<string, Set<boolean>>();
  for (const [number, { trace }] of spans) {
    if (returned.has(number)) continue;
    const fate = fates.get(trace) ?? new Set();
    fates.set(trace, fate.add(arrived.has(number) || refused.has(number)));
  }
  for (const fate of fates.values()) expect(fate.size).toBe(1);
}

/** The field of the span ID, which is a number. */
const numberOf = ({ span: hex }: PlainSpan): string => /1208([0-9a-f]{16})/.exec(hex)![1]!;
const isRoot = ({ span: hex }: PlainSpan): boolean => !/2208[0-9a-f]{16}2a/.test(hex);

function traceId(trace: number): Buffer {
  const id = Buffer.alloc(16);
  id.writeUInt32BE(trace, 12);
  return id;
}

function spanId(number: number): Buffer {
  const id = Buffer.alloc(8);
  id.writeUInt32BE(number, 4);
  return id;
}

function fixed64(tag: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = tag;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}

const attribute = (key: string, value: string): Buffer =>
  Buffer.concat([delimited(0x0a, Buffer.from(key)), delimited(0x12, delimited(0x0a, Buffer.from(value)))]);
