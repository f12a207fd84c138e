import { cutText } from '../../component/peer-text.js';
import type { Counter } from '../../component/telemetry.js';
import { key } from '../../otlp/view/key.js';
import type { MetricView } from '../../otlp/view/metric.js';
import type { ResourceView, ScopeView } from '../../otlp/view/resource.js';
import { ValueView } from '../../otlp/view/value.js';
import { causeOf, causes, hasInstance, originOf, type Cause, type MetricOrigin } from './causes.js';
import { shownValue } from './identity.js';
import { violations, type WriterJudge, type Violation } from './judge.js';
import type { Point } from './point.js';
import type { Reports } from './reports.js';
import type { StreamWriter, Writers } from './writers.js';

/** Attributes of a resource that a report shows. */
const shownKeys = ['service.namespace', 'service.name', 'service.instance.id', 'host.name', 'k8s.pod.name'].map(key);
const mostText = 256;
/** Identities are distinguished by this many of their lower bits. */
const identities = 1 << 20;

const kinds = Object.keys(violations) as readonly Violation[];
const causeNames = Object.keys(causes) as readonly Cause[];

/** Where the points that are judged stand. The views are valid while the cursor is there. */
export interface PointPlace {
  readonly resource: ResourceView;
  readonly scope: ScopeView;
  readonly item: MetricView;
}

/** When a request arrived: monotonic milliseconds, and those since 1970. */
export interface Arrival {
  readonly now: number;
  readonly unixMs: number;
}

export interface ViolationParts {
  reports(): Reports;
  writers(): Writers;
  counter(violation: Violation, cause: Cause): Counter;
}

/** Finds the cause of each violation and reports it. Makes text for the first of a kind only. */
export class Violations {
  readonly #parts: ViolationParts;
  readonly #value: ValueView = new ValueView();
  readonly #counters: (Counter | undefined)[] = [];
  /** The names of the metric and the resource that are open; undefined: not read yet. */
  #origin: MetricOrigin | undefined;
  #hasInstance: boolean | undefined;

  constructor(parts: ViolationParts) {
    this.#parts = parts;
  }

  enterResource(): void {
    this.#hasInstance = undefined;
  }

  enterMetric(): void {
    this.#origin = undefined;
  }

  /** Reports the violation that was found of a point of `writer`. */
  report(judge: WriterJudge, point: Point, writer: StreamWriter, place: PointPlace, { now, unixMs }: Arrival): void {
    const { violation } = judge;
    if (violation === undefined) return;
    const writers = this.#parts.writers();
    const isAlone = judge.other === 0;
    const other = isAlone ? writer : writers.find(judge.other);
    const skewMs = isAlone ? 0 : writers.skewMs(other, writer, unixMs - point.time.toNumber() / 1e6);
    this.#origin ??= originOf(place.scope.name, place.item.name);
    this.#hasInstance ??= hasInstance(place.resource);
    const cause = causeOf(judge, skewMs, this.#origin, this.#hasInstance);
    const number = kinds.indexOf(violation) * causeNames.length + causeNames.indexOf(cause);
    (this.#counters[number] ??= this.#parts.counter(violation, cause)).add(1);
    const first = (other?.identity ?? 0) % identities;
    const second = writer.identity % identities;
    const pair = Math.min(first, second) * identities + Math.max(first, second);
    const id = pair * kinds.length * causeNames.length + number;
    const reports = this.#parts.reports();
    if (reports.count(id, now, unixMs)) return;
    const names = isAlone ? [writer.name] : [other?.name ?? 'one that is no longer known', writer.name];
    const metric = cutText(place.item.name.toString(), mostText);
    reports.begin(
      id,
      { violation, cause, metric, resource: this.#textOf(place.resource), writers: names, firstAt: unixMs },
      now,
    );
  }

  #textOf(resource: ResourceView): string {
    const parts: string[] = [];
    for (const each of shownKeys)
      if (resource.attribute(each, this.#value))
        parts.push(`${each.text}=${cutText(shownValue(this.#value), mostText)}`);
    return parts.length === 0 ? 'no service.name, service.instance.id or host.name' : parts.join(', ');
  }
}
