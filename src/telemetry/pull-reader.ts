import type { PrometheusReader } from './config/metrics.js';
import { serveMetrics } from './metrics-server.js';
import { exposition, type ExpositionOptions } from './prometheus.js';
import type { Families } from './families.js';

/** Serves the registry for scrapes. Rejects with `failed to create meter provider: ...`. */
export async function openPrometheusReader(
  reader: PrometheusReader,
  families: Families,
  resource: Readonly<Record<string, string>>,
  version: string,
): Promise<{ close(): Promise<void> }> {
  const options: ExpositionOptions = {
    withoutTypeSuffix: reader.without_type_suffix,
    withoutUnits: reader.without_units,
    withoutScopeInfo: reader.without_scope_info,
    constantLabels: constantLabels(reader, resource),
    resource,
    version,
  };
  try {
    return await serveMetrics(reader.host, reader.port, async () => exposition(await families(), options));
  } catch (error) {
    throw new Error(
      `failed to create meter provider: binding address ${reader.host}:${reader.port} for Prometheus exporter: ` +
        (error as Error).message,
      { cause: error },
    );
  }
}

function constantLabels(reader: PrometheusReader, resource: Readonly<Record<string, string>>): Record<string, string> {
  const { included, excluded } = reader.with_resource_constant_labels;
  return Object.fromEntries(
    Object.entries(resource).filter(([name]) => included.includes(name) && !excluded.includes(name)),
  );
}
