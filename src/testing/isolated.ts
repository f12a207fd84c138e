import type { Consumer, RequestContext } from '../component/consumer.js';
import { defineExporter, defineReceiver, type Definition } from '../component/define.js';
import { any } from '../component/schema/schema.js';
import type { Batch } from '../otlp/batch.js';
import type { CheckedConfig, Configured, PipelineConfig } from '../config/checked.js';

/** The pipelines of a configuration without its receivers, exporters and extensions. */
export interface Isolated {
  readonly config: CheckedConfig;
  /** The beginning of the pipeline under test, once its components are created. */
  entry(): Consumer;
}

/** Takes a batch that has left the processors of a pipeline; the bytes are borrowed until it returns. */
export type TakeOutput = (pipeline: string, batch: Batch) => void;

const stability = { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Development' } as const;
const shared = { config: any(), telemetry: { metrics: [], reasons: {} }, stability };
/** No type of a component has this name. */
const own = 'kanmon_test';

/**
 * One pipeline, and those that its connectors lead to, with ends that are in the hands of a test: what leaves the
 * processors of a pipeline goes to `taken`, beside its connectors.
 */
export function isolated(config: CheckedConfig, id: string, taken: TakeOutput): Isolated {
  let first: Consumer | undefined;
  const receiver = defineReceiver({
    ...shared,
    type: own,
    create: (_config, _context, next) => {
      first = next;
      return {};
    },
  });
  const exporterOf = (pipeline: string): ReturnType<typeof defineExporter> =>
    defineExporter({
      ...shared,
      type: own,
      create: () => ({
        consume: (batch: Batch, _context: RequestContext) => Promise.resolve(taken(pipeline, batch)),
      }),
    });
  const pipelines = reached(config, id).map((pipeline): PipelineConfig => ({
    ...pipeline,
    receivers: [
      ...pipeline.receivers.filter((each) => config.connectors.has(each)),
      ...(pipeline.id === id ? [own] : []),
    ],
    exporters: [...pipeline.exporters.filter((each) => config.connectors.has(each)), `${own}/${pipeline.id}`],
  }));
  const exporters = pipelines.map((pipeline) => configured(`${own}/${pipeline.id}`, exporterOf(pipeline.id)));
  return {
    config: {
      ...config,
      receivers: new Map([[own, configured(own, receiver)]]),
      exporters: new Map(exporters.map((each) => [each.id, each])),
      extensions: new Map(),
      service: { ...config.service, extensions: [], pipelines },
    },
    entry: () => {
      if (first === undefined) throw new Error('the pipeline is not created');
      return first;
    },
  };
}

function configured<D extends Definition>(id: string, definition: D): Configured<D> {
  return {
    id,
    definition,
    config: undefined,
    fault: (_path, message) => ({ path: id, message }),
    shown: (text) => text,
  };
}

/** The pipeline and all behind it, in the order of the configuration. */
function reached({ service, connectors }: CheckedConfig, id: string): readonly PipelineConfig[] {
  const found = new Set<PipelineConfig>();
  const add = (pipeline: PipelineConfig): void => {
    if (found.has(pipeline)) return;
    found.add(pipeline);
    for (const connector of pipeline.exporters.filter((each) => connectors.has(each)))
      for (const next of service.pipelines) if (next.receivers.includes(connector)) add(next);
  };
  for (const pipeline of service.pipelines) if (pipeline.id === id) add(pipeline);
  return service.pipelines.filter((pipeline) => found.has(pipeline));
}
