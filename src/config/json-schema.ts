import type { z } from 'zod';
import { kinds, type Kind } from '../component/schema/schema.js';
import { signals } from '../otlp/signal.js';
import { telemetryConfig } from '../telemetry/config.js';
import { sections, spellings, findComponent, type Components } from './components.js';

type JsonSchema = Readonly<Record<string, unknown>>;

const substitution = { type: 'string', pattern: String.raw`\$\{.*\}` } as const;
const goDuration = {
  type: 'string',
  pattern: String.raw`^([-+]?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+|[-+]?0)$`,
} as const;

/** A JSON Schema (draft 2020-12) of the whole configuration file, for editors. */
export function jsonSchema(components: Components): JsonSchema {
  const references = { type: 'array', items: { type: 'string' } };
  const component = (section: (typeof sections)[number]): JsonSchema => ({
    type: ['object', 'null'],
    additionalProperties: false,
    patternProperties: Object.fromEntries(
      spellings(components[section]).map((type) => {
        const definition = findComponent(components[section] as ReadonlyMap<string, never>, type) as
          | { readonly config: z.ZodType; readonly type: string }
          | undefined;
        const schema = definition ? schemaOf(definition.config) : {};
        return [
          `^\\s*${type}\\s*(/.+)?$`,
          definition && definition.type !== type ? { ...schema, deprecated: true } : schema,
        ];
      }),
    ),
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Kanmon configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(sections.map((section) => [section, component(section)])),
      service: {
        type: 'object',
        additionalProperties: false,
        properties: {
          extensions: references,
          pipelines: {
            type: 'object',
            additionalProperties: false,
            patternProperties: {
              [`^(${signals.join('|')})(/.+)?$`]: {
                type: 'object',
                additionalProperties: false,
                required: ['receivers', 'exporters'],
                properties: { receivers: references, processors: references, exporters: references },
              },
            },
          },
          telemetry: schemaOf(telemetryConfig),
        },
      },
    },
  };
}

function schemaOf(schema: z.ZodType): JsonSchema {
  const kind = kinds.get(schema);
  if (!kind) return {};
  const body = bodyOf(kind);
  const described = kind.docs
    ? { description: kind.docs.unit === undefined ? kind.docs.about : `${kind.docs.about} (${kind.docs.unit})` }
    : {};
  const fallback =
    kind.default === undefined || kind.kind === 'secret' || kind.kind === 'headers' ? {} : { default: kind.default };
  return { ...body, ...described, ...fallback };
}

function bodyOf(kind: Kind): JsonSchema {
  switch (kind.kind) {
    case 'text':
    case 'secret':
      return { type: ['string', 'null'] };
    case 'flag':
      return { anyOf: [{ type: ['boolean', 'null'] }, substitution] };
    case 'int':
    case 'float':
      return { anyOf: [{ type: ['number', 'null'] }, substitution] };
    case 'duration':
      return { anyOf: [goDuration, { type: ['integer', 'null'] }, substitution] };
    case 'choice':
      return { anyOf: [{ enum: kind.values }, substitution] };
    case 'list':
      return { anyOf: [{ type: 'array', items: schemaOf(kind.element) }, { type: ['string', 'null'] }] };
    case 'map':
      return { anyOf: [{ type: ['object', 'null'], additionalProperties: schemaOf(kind.element) }, substitution] };
    case 'headers': {
      const pair = {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { type: 'string' }, value: { type: 'string' } },
      };
      return {
        anyOf: [
          { type: ['object', 'null'], additionalProperties: { type: 'string' } },
          { type: 'array', items: pair },
          substitution,
        ],
      };
    }
    case 'group':
      return objectOf(kind.shape, {});
    case 'section': {
      const inner = kinds.get(kind.element);
      const own = { enabled: { type: 'boolean', description: 'False turns the section off.' } };
      return inner?.kind === 'group' ? objectOf(inner.shape, own) : bodyOf(inner ?? { kind: 'any' });
    }
    case 'any':
      return {};
  }
}

function objectOf(shape: Readonly<Record<string, z.ZodType>>, more: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const properties = {
    ...more,
    ...Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schemaOf(schema)])),
  };
  return { anyOf: [{ type: ['object', 'null'], additionalProperties: false, properties }, substitution] };
}
