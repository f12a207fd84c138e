import type { z } from 'zod';
import { kinds, type Kind } from '../component/schema/schema.js';
import { signals } from '../otlp/signal.js';
import { telemetryConfig } from '../telemetry/config.js';
import { sections, spellings, findComponent, type Components } from './components.js';
import { olderKeys, olderMetricsKeys, olderTypes } from './older/schema.js';
import { allLackingTypes } from './types/unknown-type.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

const substitution = { type: 'string', pattern: String.raw`\$\{.*\}` } as const;
/** `10_000`, which is a number in Go's YAML, and a text to editors. */
const groupedNumber = { type: 'string', pattern: String.raw`^[-+]?\d+(_\d+)+$` } as const;
/** `a::b: v` stands for `a: {b: v}`. */
const nestedKeys = { '::': {} } as const;
const goDuration = {
  type: 'string',
  pattern: String.raw`^([-+]?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+|[-+]?0)$`,
} as const;

/** A JSON Schema (draft 2020-12) of the whole configuration file, for editors. */
export function jsonSchema(components: Components): JsonSchema {
  const references = { anyOf: [{ type: ['array', 'null'], items: { type: 'string' } }, substitution] };
  const component = (section: (typeof sections)[number]): JsonSchema =>
    objectWith(
      {},
      Object.fromEntries([
        ...Object.entries(olderTypes[section] ?? {}).map(([type, schema]) => [idPattern(type), schema] as const),
        ...allLackingTypes(section).map(
          // In either spelling.
          ({ type, instead }) =>
            [idPattern(type.replaceAll('_', '_?')), { deprecated: true, description: instead }] as const,
        ),
        ...spellings(components[section]).map((type) => {
          const definition = findComponent(components[section] as ReadonlyMap<string, never>, type) as
            | { readonly config: z.ZodType; readonly type: string }
            | undefined;
          const schema = definition ? groupWith(definition.config, olderKeys[definition.type] ?? {}) : {};
          return [
            idPattern(type),
            definition && definition.type !== type ? { ...schema, deprecated: true } : schema,
          ] as const;
        }),
      ]),
    );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Kanmon configuration',
    // A file may be empty, or hold a part that others complete.
    type: ['object', 'null'],
    additionalProperties: false,
    patternProperties: nestedKeys,
    properties: {
      ...Object.fromEntries(sections.map((section) => [section, component(section)])),
      service: objectWith({
        extensions: references,
        pipelines: objectWith(
          {},
          {
            [`^\\s*(${signals.join('|')})\\s*(/.+)?$`]: objectWith({
              receivers: references,
              processors: references,
              exporters: references,
            }),
          },
        ),
        telemetry: telemetrySchema(),
      }),
    },
  };
}

function idPattern(type: string): string {
  return `^\\s*${type}\\s*(/.+)?$`;
}

function telemetrySchema(): JsonSchema {
  const kind = kinds.get(telemetryConfig);
  if (kind?.kind !== 'group') return {};
  const { metrics = telemetryConfig, ...shape } = kind.shape;
  return objectOf(shape, { metrics: groupWith(metrics, olderMetricsKeys) });
}

/** A group that accepts further keys. */
function groupWith(schema: z.ZodType, more: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const kind = kinds.get(schema);
  const described = schemaOf(schema);
  return kind?.kind === 'group' && Object.keys(more).length > 0
    ? { ...described, ...objectOf(kind.shape, more, kind.open) }
    : described;
}

/** The values that one schema accepts, with their documentation. */
export function schemaOf(schema: z.ZodType): JsonSchema {
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
      return { type: ['string', 'null', ...(kind.written === undefined ? [] : writtenTypes[kind.written])] };
    case 'secret':
      return { type: ['string', 'null'] };
    case 'flag':
      return { anyOf: [{ type: ['boolean', 'null'] }, substitution] };
    case 'int':
    case 'float':
      return { anyOf: [{ type: ['number', 'null'] }, groupedNumber, substitution] };
    case 'duration':
      return { anyOf: [goDuration, { type: ['integer', 'null'] }, substitution] };
    case 'choice':
      return { anyOf: [...choices(kind), substitution] };
    case 'list':
      return { anyOf: [{ type: 'array', items: schemaOf(kind.element) }, { type: ['string', 'null'] }] };
    case 'map':
      return { anyOf: [{ type: ['object', 'null'], additionalProperties: schemaOf(kind.element) }, substitution] };
    case 'headers': {
      const pair = {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { type: ['string', 'null'] }, value: { type: ['string', 'null'] } },
      };
      return {
        anyOf: [
          { type: ['object', 'null'], additionalProperties: { type: ['string', 'null'] } },
          { type: 'array', items: { anyOf: [pair, substitution] } },
          substitution,
        ],
      };
    }
    case 'group': {
      const group = objectOf(kind.shape, {}, kind.open);
      return kind.orText ? { anyOf: [{ type: 'string' }, group] } : group;
    }
    case 'variant':
      return {
        anyOf: [...Object.entries(kind.variants).map(([word, inner]) => only(kind.key, word, inner)), substitution],
      };
    case 'section': {
      const inner = kinds.get(kind.element);
      const own: Record<string, JsonSchema> = kind.switchless
        ? {}
        : {
            enabled: { anyOf: [{ type: 'boolean' }, substitution], description: 'False turns the section off.' },
          };
      return inner?.kind === 'group' ? objectOf(inner.shape, own) : bodyOf(inner ?? { kind: 'any' });
    }
    case 'any':
      return {};
  }
}

/** A group of a variant: its word is the value of one key. */
function only(key: string, word: string, schema: z.ZodType): JsonSchema {
  const kind = kinds.get(schema);
  if (kind?.kind !== 'group') return {};
  const { [key]: _, ...shape } = kind.shape;
  return { ...objectOf(shape, { [key]: { const: word } }, kind.open), required: [key] };
}

/** The types beside string in which a text may be written. */
const writtenTypes = { whole: ['integer'], plain: ['number', 'boolean'] } as const;

function choices({ values, anyCase }: Extract<Kind, { readonly kind: 'choice' }>): JsonSchema[] {
  const words: JsonSchema[] = [{ enum: [...values, ...(values.includes('') ? [null] : [])] }];
  // Editors offer the words of `enum`; a pattern of JSON Schema has no flag for the case.
  if (anyCase) words.push({ type: 'string', pattern: `^(${values.map((value) => inAnyCase(value)).join('|')})$` });
  return words;
}

function inAnyCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function objectOf(
  shape: Readonly<Record<string, z.ZodType>>,
  more: Readonly<Record<string, JsonSchema>>,
  open = false,
): JsonSchema {
  const properties = {
    ...more,
    ...Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schemaOf(schema)])),
  };
  return objectWith(properties, {}, open);
}

/** A map with known keys, nothing, or what a source holds. */
function objectWith(
  properties: Readonly<Record<string, JsonSchema>>,
  patterns: Readonly<Record<string, JsonSchema>> = {},
  open = false,
): JsonSchema {
  return {
    anyOf: [
      {
        type: ['object', 'null'],
        additionalProperties: open,
        properties,
        patternProperties: { ...patterns, ...nestedKeys },
      },
      substitution,
    ],
  };
}
