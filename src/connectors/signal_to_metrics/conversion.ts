import { checkMetricsSize } from '../../aggregation/metrics-limit.js';
import type { Batch } from '../../otlp/batch.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import type { InPieces } from '../../otlp/work.js';
import type { BatchScene } from '../../ottl/contexts/batch-scene.js';
import { OttlError } from '../../ottl/ottl-error.js';
import type { ClientInfo } from '../../ottl/scene.js';
import type { ErrorMode } from '../../ottl/sequence.js';
import { ReadingWalk } from '../../ottl/walk/reading-walk.js';
import type { SelectedAttribute } from './config.js';
import { MetricMaker, type MakerPlan } from './metric-maker.js';
import { OutputResources } from './output-resources.js';
import type { MeasuredSection } from './sections.js';

/** The Collector's, so that dashboards and rules go on. */
const scopeName = 'github.com/open-telemetry/opentelemetry-collector-contrib/connector/signaltometricsconnector';
/** Points that are written in one piece of work. */
const pointsAtOnce = 4096;

export interface ConversionPlan {
  readonly section: MeasuredSection;
  readonly metrics: readonly MakerPlan[];
  /** The attributes that metrics keep of resources. */
  readonly selections: readonly (readonly SelectedAttribute[])[];
  readonly instanceId: string;
  readonly errorMode: ErrorMode;
  /** Takes the failure of an item, with the name of the metric, for a line in the log. */
  report(error: OttlError, metric: string): void;
}

/** Makes metrics of batches of one signal, one batch at a time. */
export class Conversion {
  readonly #makers: readonly MetricMaker[];
  readonly #resources: OutputResources;
  readonly #walk: ReadingWalk;
  readonly #visit: (scene: BatchScene) => void;
  #builder: MetricBuilder = new MetricBuilder();

  constructor({ section, metrics, selections, instanceId, errorMode, report }: ConversionPlan) {
    const makers = metrics.map((metric) => new MetricMaker(metric, section.place));
    const resources = new OutputResources(selections, instanceId);
    const walk = new ReadingWalk(section.context);
    this.#makers = makers;
    this.#resources = resources;
    this.#walk = walk;
    this.#visit = (scene) => {
      for (let i = 0; i < makers.length; i++) {
        try {
          makers[i]?.add(scene, walk.resourceRow, resources);
        } catch (error) {
          if (errorMode === 'propagate' || !(error instanceof OttlError)) throw error;
          if (errorMode === 'ignore') report(error, metrics[i]?.name ?? '');
        }
      }
    };
  }

  /** The metrics of a batch; undefined when there are none. Throws an `OttlError` when failures propagate. */
  *converting(batch: Batch, client: ClientInfo, unixMs: number): InPieces<Batch | undefined> {
    let isDone = false;
    try {
      yield* this.#walk.reading(batch, client, this.#visit);
      const metrics = yield* this.#writing(unixMs);
      isDone = true;
      return metrics;
    } finally {
      if (!isDone) this.#builder = new MetricBuilder();
      for (const maker of this.#makers) maker.clear(this.#resources.count);
      this.#resources.clear();
    }
  }

  *#writing(unixMs: number): InPieces<Batch | undefined> {
    const builder = this.#builder;
    let written = 0;
    for (let resource = 0; resource < this.#resources.count; resource++) {
      this.#resources.write(resource, builder);
      builder.scope(scopeName);
      for (const maker of this.#makers) {
        let row = maker.firstOf(resource);
        if (row < 0) continue;
        maker.begin(builder);
        while ((row = maker.write(row, unixMs, builder, pointsAtOnce)) >= 0) {
          checkMetricsSize(builder.size);
          yield;
        }
      }
      checkMetricsSize(builder.size);
      if (builder.itemCount - written < pointsAtOnce) continue;
      written = builder.itemCount;
      yield;
    }
    return builder.itemCount === 0 ? undefined : yield* builder.finishing();
  }
}
