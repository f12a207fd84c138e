import { stringify } from 'yaml';
import { kinds, type Kind, type Schema } from '../component/schema/schema.js';
import { shownUrl } from '../component/shown-url.js';
import { formatDuration } from '../component/schema/duration.js';
import { telemetryConfig } from '../telemetry/config.js';
import type { CheckedConfig } from './checked.js';
import { sections } from './components.js';
import { secretsOfUrl } from './hidden.js';

export interface PrintOptions {
  readonly format: 'yaml' | 'json';
  /** True shows `[REDACTED]` for secrets. */
  readonly redacted: boolean;
}

/** The configuration with every default filled in, as text. Throws for a number that JSON can't hold. */
export function printConfig(config: CheckedConfig, options: PrintOptions): string {
  const tree: Record<string, unknown> = {};
  for (const section of sections.toSorted()) {
    const entries = [...config[section].values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const empty = options.format === 'json' ? null : {};
    tree[section] =
      entries.length === 0
        ? empty
        : Object.fromEntries(
            entries.map(({ id, definition, config: value }) => [id, printed(definition.config, value, options)]),
          );
  }
  const pipelines = config.service.pipelines.map(
    ({ id, receivers, processors, exporters }) =>
      [
        id,
        { exporters, processors: options.format === 'json' && processors.length === 0 ? null : processors, receivers },
      ] as const,
  );
  tree['service'] = {
    extensions: config.service.extensions,
    pipelines: Object.fromEntries(pipelines.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    telemetry: printed(telemetryConfig, config.service.telemetry, options),
  };
  return options.format === 'json' ? `${json(tree, '')}\n` : stringify(tree, { indent: 4, lineWidth: 0 });
}

const hidden = '[REDACTED]';

function printed(schema: Schema<unknown>, value: unknown, options: PrintOptions): unknown {
  const kind = kinds.get(schema);
  if (value === undefined || value === null) return null;
  switch (kind?.kind) {
    case 'secret':
      return options.redacted && value !== '' ? hidden : value;
    case 'headers':
      return (value as readonly (readonly [string, string])[]).map(([name, text]) => ({
        name,
        value: options.redacted ? hidden : text,
      }));
    case 'duration': {
      const ms = value as number;
      return options.format === 'json' ? Math.round(ms * 1e6) : formatDuration(ms);
    }
    case 'list':
      if (options.format === 'json' && (value as readonly unknown[]).length === 0) return null;
      return (value as readonly unknown[]).map((item) => printed(kind.element, item, options));
    case 'map':
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, printed(kind.element, item, options)]),
      );
    case 'section':
      return printed(kind.element, value, options);
    case 'variant':
      return printed(chosenOf(kind, value), value, options);
    case 'group':
      if (typeof value === 'string') return value;
      return Object.fromEntries(
        Object.keys(kind.shape)
          .filter((key) => !isAbsent(kind.shape[key], (value as Record<string, unknown>)[key]))
          .toSorted()
          .map((key) => [
            key,
            printed(kind.shape[key] as Schema<unknown>, (value as Record<string, unknown>)[key], options),
          ]),
      );
    default:
      return options.redacted ? withoutUrlSecrets(value) : value;
  }
}

/** The group of a decoded value. */
function chosenOf({ key, variants }: Extract<Kind, { readonly kind: 'variant' }>, value: unknown): Schema<unknown> {
  return variants[String((value as Readonly<Record<string, unknown>>)[key])] as Schema<unknown>;
}

/** A URL shows neither its user nor the values of its query; other text is left as it is. */
function withoutUrlSecrets(value: unknown): unknown {
  if (typeof value === 'string') return secretsOfUrl(value).length > 0 && /^\S+$/.test(value) ? shownUrl(value) : value;
  if (Array.isArray(value)) return value.map(withoutUrlSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, withoutUrlSecrets(below)]));
}

/** JSON that keeps whole numbers beyond 2^53. */
function json(value: unknown, indent: string): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`json: unsupported value: ${value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : 'NaN'}`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => `${deeper}${json(item, deeper)}`)
    : Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${json(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return parts.length === 0 ? `${open}${close}` : `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

/** A section that null would turn on is left out where it is off. */
function isAbsent(schema: object | undefined, value: unknown): boolean {
  const kind = schema && kinds.get(schema);
  return value === undefined && kind?.kind === 'section' && kind.switchless === true;
}
