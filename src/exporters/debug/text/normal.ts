import type { Signal } from '../../../otlp/signal.js';
import type { Data, Dictionary, Metric, Point, Profile, ResourcePart, ScopePart } from './data.js';
import { goFixed, goShortest, number } from './number.js';
import { asText, keyOf, type JsonAttributes } from './value.js';

/** One line for each resource, scope and item. */
export function normalText(signal: Signal, data: Data): string {
  const lines: string[] = [];
  const dictionary = data.dictionary ?? {};
  const each = <S extends ScopePart>(
    resourceTitle: string,
    scopeTitle: string,
    resources: readonly ResourcePart[] | undefined,
    scopesOf: (resource: never) => readonly S[] | undefined,
    items: (scope: S) => void,
  ): void => {
    for (const [i, resource] of (resources ?? []).entries()) {
      lines.push(
        `${resourceTitle} #${i}${schema(resource.schemaUrl)}${pairs(resource.resource?.attributes, dictionary)}`,
      );
      for (const [j, scope] of (scopesOf(resource as never) ?? []).entries()) {
        lines.push(
          `${scopeTitle} #${j}${scopeName(scope)}${schema(scope.schemaUrl)}` +
            pairs(scope.scope?.attributes, dictionary),
        );
        items(scope);
      }
    }
  };
  switch (signal) {
    case 'traces':
      each(
        'ResourceTraces',
        'ScopeTraces',
        data.resourceSpans,
        (r: NonNullable<Data['resourceSpans']>[number]) => r.scopeSpans,
        ({ spans }) => {
          for (const span of spans ?? [])
            lines.push(
              `${[span.name ?? '', span.traceId ?? '', span.spanId ?? ''].join(' ')}${pairs(span.attributes)}`,
            );
        },
      );
      break;
    case 'logs':
      each(
        'ResourceLog',
        'ScopeLog',
        data.resourceLogs,
        (r: NonNullable<Data['resourceLogs']>[number]) => r.scopeLogs,
        ({ logRecords }) => {
          for (const record of logRecords ?? [])
            lines.push(`${asText(record.body)} ${pairs(record.attributes).slice(1)}`);
        },
      );
      break;
    case 'metrics':
      each(
        'ResourceMetrics',
        'ScopeMetrics',
        data.resourceMetrics,
        (r: NonNullable<Data['resourceMetrics']>[number]) => r.scopeMetrics,
        ({ metrics }) => {
          for (const metric of metrics ?? []) lines.push(...metricLines(metric));
        },
      );
      break;
    case 'profiles':
      each(
        'ResourceProfiles',
        'ScopeProfiles',
        data.resourceProfiles,
        (r: NonNullable<Data['resourceProfiles']>[number]) => r.scopeProfiles,
        ({ profiles }) => {
          for (const profile of profiles ?? []) lines.push(profileLine(profile, dictionary));
        },
      );
  }
  return `${lines.join('\n')}\n`;
}

function schema(url: string | undefined): string {
  return url === undefined ? '' : ` [${url}]`;
}

function scopeName({ scope }: ScopePart): string {
  const version = scope?.version === undefined ? '' : `@${scope.version}`;
  return scope?.name === undefined && version === '' ? '' : ` ${scope?.name ?? ''}${version}`;
}

function pairs(attributes: JsonAttributes | undefined, dictionary?: Dictionary): string {
  return (attributes ?? [])
    .map((attribute) => ` ${keyOf(attribute, dictionary)}=${asText(attribute.value, dictionary)}`)
    .join('');
}

function metricLines(metric: Metric): string[] {
  const points = metric.gauge ?? metric.sum ?? metric.histogram ?? metric.exponentialHistogram ?? metric.summary;
  return (points?.dataPoints ?? []).map((point) => {
    const labels = (point.attributes ?? [])
      .map((attribute) => `${attribute.key ?? ''}=${asText(attribute.value)}`)
      .join(',');
    return `${metric.name ?? ''}{${labels}} ${pointText(metric, point)}`;
  });
}

function pointText(metric: Metric, point: Point): string {
  if (metric.gauge || metric.sum)
    return point.asInt ?? (point.asDouble === undefined ? '' : goShortest(number(point.asDouble)));
  if (metric.summary)
    return [
      `count=${point.count ?? 0}`,
      `sum=${goFixed(number(point.sum))}`,
      ...(point.quantileValues ?? []).map(
        ({ quantile, value }) => `q${goShortest(number(quantile))}=${goShortest(number(value))}`,
      ),
    ].join(' ');
  const parts = [`count=${point.count ?? 0}`];
  for (const key of ['sum', 'min', 'max'] as const)
    if (point[key] !== undefined) parts.push(`${key}=${goShortest(number(point[key]))}`);
  if (metric.histogram) {
    // A count without its bound is the one of everything above.
    for (const [i, count] of (point.bucketCounts ?? []).entries()) {
      const bound = point.explicitBounds?.[i];
      parts.push(`${bound === undefined ? '' : `le${goShortest(number(bound))}=`}${count}`);
    }
  } else parts.push(...exponentialParts(point));
  return parts.join(' ');
}

function exponentialParts(point: Point): string[] {
  const factor = Math.LN2 * 2 ** -(point.scale ?? 0);
  const bound = (offset: number | undefined, i: number): number => Math.exp(((offset ?? 0) + i) * factor);
  const negative = (point.negative?.bucketCounts ?? [])
    .map((count, i) => `le${goShortest(-bound(point.negative?.offset, i))}=${count}`)
    .toReversed();
  const zero = point.zeroCount === undefined ? [] : [`zero=${point.zeroCount}`];
  return [
    ...negative,
    ...zero,
    ...(point.positive?.bucketCounts ?? []).map(
      (count, i) => `le${goShortest(bound(point.positive?.offset, i + 1))}=${count}`,
    ),
  ];
}

function profileLine(profile: Profile, dictionary: Dictionary): string {
  const attributes = (profile.attributeIndices ?? []).map((index) => {
    const entry = dictionary.attributeTable?.[index] ?? {};
    return ` ${dictionary.stringTable?.[entry.keyStrindex ?? 0] ?? ''}=${asText(entry.value, dictionary)}`;
  });
  return `${profile.profileId ?? ''} samples=${profile.samples?.length ?? 0}${attributes.join('')}`;
}
