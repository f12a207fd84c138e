/** Names of constants, by context. */
export type Enums = ReadonlyMap<string, bigint>;

export const noEnums: Enums = new Map();

export const spanEnums: Enums = new Map([
  ...numbered('SPAN_KIND_', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']),
  ...numbered('STATUS_CODE_', ['UNSET', 'OK', 'ERROR']),
]);

const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

export const logEnums: Enums = new Map(
  numbered('SEVERITY_NUMBER_', [
    'UNSPECIFIED',
    ...severities.flatMap((name) => [name, ...[2, 3, 4].map((n) => name + n)]),
  ]),
);

export const metricEnums: Enums = new Map([
  ...numbered('AGGREGATION_TEMPORALITY_', ['UNSPECIFIED', 'DELTA', 'CUMULATIVE']),
  ...numbered('METRIC_DATA_TYPE_', ['NONE', 'GAUGE', 'SUM', 'HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'SUMMARY']),
]);

export const pointEnums: Enums = new Map([...metricEnums, ...numbered('FLAG_', ['NONE', 'NO_RECORDED_VALUE'])]);

function numbered(prefix: string, names: readonly string[]): (readonly [string, bigint])[] {
  return names.map((name, i) => [prefix + name, BigInt(i)]);
}
