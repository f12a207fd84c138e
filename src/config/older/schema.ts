import type { Section } from '../components.js';

/** The JSON Schema of an older form that is taken over. */
type OlderSchema = {
  readonly deprecated: true;
  readonly description: string;
  readonly type?: readonly string[];
};

const older = (description: string, ...type: readonly string[]): OlderSchema => ({
  ...{ deprecated: true, description },
  ...(type.length > 0 && { type }),
});

/** Types of sections. */
export const olderTypes: Readonly<Partial<Record<Section, Readonly<Record<string, OlderSchema>>>>> = {
  exporters: { logging: older('Write `debug`.') },
  extensions: { memory_ballast: older('Remove it.') },
};

/** Keys of components, by type. */
export const olderKeys: Readonly<Record<string, Readonly<Record<string, OlderSchema>>>> = {
  health_check: { port: older('Write `endpoint`.', 'integer', 'string') },
  memory_limiter: { ballast_size_mib: older('Remove it.', 'integer', 'string', 'null') },
};

/** Keys of `service::telemetry::metrics`. */
export const olderMetricsKeys: Readonly<Record<string, OlderSchema>> = {
  address: older('Write a reader: `readers: [{pull: {exporter: {prometheus: {host, port}}}}]`.', 'string'),
};
