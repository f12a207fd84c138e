import type { Signal } from './signal.js';

/**
 * Every message of OTLP (docs/spec/core.md#otlp-fields), a field as text: `number name kind`, where kind is a scalar or
 * the name of a message, `*` marks repeated, `|n` a member of oneof n. Validation, JSON and views all read these
 * tables, so a field is described once.
 */
const source = {
  TracesData: ['1 resource_spans ResourceSpans*'],
  MetricsData: ['1 resource_metrics ResourceMetrics*'],
  LogsData: ['1 resource_logs ResourceLogs*'],
  ProfilesData: ['1 resource_profiles ResourceProfiles*', '2 dictionary ProfilesDictionary'],
  ResourceSpans: [
    '1 resource Resource',
    '2 scope_spans ScopeSpans*',
    '3 schema_url string',
    '1000 deprecated_scope_spans ScopeSpans*',
  ],
  ResourceMetrics: [
    '1 resource Resource',
    '2 scope_metrics ScopeMetrics*',
    '3 schema_url string',
    '1000 deprecated_scope_metrics ScopeMetrics*',
  ],
  ResourceLogs: [
    '1 resource Resource',
    '2 scope_logs ScopeLogs*',
    '3 schema_url string',
    '1000 deprecated_scope_logs ScopeLogs*',
  ],
  ResourceProfiles: ['1 resource Resource', '2 scope_profiles ScopeProfiles*', '3 schema_url string'],
  Resource: ['1 attributes KeyValue*', '2 dropped_attributes_count uint32', '3 entity_refs EntityRef*'],
  EntityRef: ['1 schema_url string', '2 type string', '3 id_keys string*', '4 description_keys string*'],
  ScopeSpans: ['1 scope InstrumentationScope', '2 spans Span*', '3 schema_url string'],
  ScopeMetrics: ['1 scope InstrumentationScope', '2 metrics Metric*', '3 schema_url string'],
  ScopeLogs: ['1 scope InstrumentationScope', '2 log_records LogRecord*', '3 schema_url string'],
  ScopeProfiles: ['1 scope InstrumentationScope', '2 profiles Profile*', '3 schema_url string'],
  InstrumentationScope: [
    '1 name string',
    '2 version string',
    '3 attributes KeyValue*',
    '4 dropped_attributes_count uint32',
  ],
  KeyValue: ['1 key string', '2 value AnyValue', '3 key_strindex int32'],
  AnyValue: [
    '1 string_value string |0',
    '2 bool_value bool |0',
    '3 int_value int64 |0',
    '4 double_value double |0',
    '5 array_value ArrayValue |0',
    '6 kvlist_value KeyValueList |0',
    '7 bytes_value bytes |0',
    '8 string_value_strindex int32 |0',
  ],
  ArrayValue: ['1 values AnyValue*'],
  KeyValueList: ['1 values KeyValue*'],
  Span: [
    '1 trace_id id16',
    '2 span_id id8',
    '3 trace_state string',
    '4 parent_span_id id8',
    '5 name string',
    '6 kind enum',
    '7 start_time_unix_nano fixed64',
    '8 end_time_unix_nano fixed64',
    '9 attributes KeyValue*',
    '10 dropped_attributes_count uint32',
    '11 events Event*',
    '12 dropped_events_count uint32',
    '13 links Link*',
    '14 dropped_links_count uint32',
    '15 status Status',
    '16 flags fixed32',
  ],
  Event: ['1 time_unix_nano fixed64', '2 name string', '3 attributes KeyValue*', '4 dropped_attributes_count uint32'],
  Link: [
    '1 trace_id id16',
    '2 span_id id8',
    '3 trace_state string',
    '4 attributes KeyValue*',
    '5 dropped_attributes_count uint32',
    '6 flags fixed32',
  ],
  Status: ['2 message string', '3 code enum'],
  LogRecord: [
    '1 time_unix_nano fixed64',
    '2 severity_number enum',
    '3 severity_text string',
    '5 body AnyValue',
    '6 attributes KeyValue*',
    '7 dropped_attributes_count uint32',
    '8 flags fixed32',
    '9 trace_id id16',
    '10 span_id id8',
    '11 observed_time_unix_nano fixed64',
    '12 event_name string',
  ],
  Metric: [
    '1 name string',
    '2 description string',
    '3 unit string',
    '5 gauge Gauge |0',
    '7 sum Sum |0',
    '9 histogram Histogram |0',
    '10 exponential_histogram ExponentialHistogram |0',
    '11 summary Summary |0',
    '12 metadata KeyValue*',
  ],
  Gauge: ['1 data_points NumberDataPoint*'],
  Sum: ['1 data_points NumberDataPoint*', '2 aggregation_temporality enum', '3 is_monotonic bool'],
  Histogram: ['1 data_points HistogramDataPoint*', '2 aggregation_temporality enum'],
  ExponentialHistogram: ['1 data_points ExponentialHistogramDataPoint*', '2 aggregation_temporality enum'],
  Summary: ['1 data_points SummaryDataPoint*'],
  NumberDataPoint: [
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 as_double double |0',
    '5 exemplars Exemplar*',
    '6 as_int sfixed64 |0',
    '7 attributes KeyValue*',
    '8 flags uint32',
  ],
  HistogramDataPoint: [
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 count fixed64',
    '5 sum double |0',
    '6 bucket_counts fixed64*',
    '7 explicit_bounds double*',
    '8 exemplars Exemplar*',
    '9 attributes KeyValue*',
    '10 flags uint32',
    '11 min double |1',
    '12 max double |2',
  ],
  ExponentialHistogramDataPoint: [
    '1 attributes KeyValue*',
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 count fixed64',
    '5 sum double |0',
    '6 scale sint32',
    '7 zero_count fixed64',
    '8 positive Buckets',
    '9 negative Buckets',
    '10 flags uint32',
    '11 exemplars Exemplar*',
    '12 min double |1',
    '13 max double |2',
    '14 zero_threshold double',
  ],
  Buckets: ['1 offset sint32', '2 bucket_counts uint64*'],
  SummaryDataPoint: [
    '2 start_time_unix_nano fixed64',
    '3 time_unix_nano fixed64',
    '4 count fixed64',
    '5 sum double',
    '6 quantile_values ValueAtQuantile*',
    '7 attributes KeyValue*',
    '8 flags uint32',
  ],
  ValueAtQuantile: ['1 quantile double', '2 value double'],
  ProfilesDictionary: [
    '1 mapping_table Mapping*',
    '2 location_table Location*',
    '3 function_table Function*',
    '4 link_table ProfileLink*',
    '5 string_table string*',
    '6 attribute_table KeyValueAndUnit*',
    '7 stack_table Stack*',
  ],
  Profile: [
    '1 sample_type ValueType',
    '2 samples Sample*',
    '3 time_unix_nano fixed64',
    '4 duration_nano uint64',
    '5 period_type ValueType',
    '6 period int64',
    '7 profile_id id16',
    '8 dropped_attributes_count uint32',
    '9 original_payload_format string',
    '10 original_payload bytes',
    '11 attribute_indices int32*',
  ],
  ProfileLink: ['1 trace_id id16', '2 span_id id8'],
  ValueType: ['1 type_strindex int32', '2 unit_strindex int32'],
  Sample: [
    '1 stack_index int32',
    '2 attribute_indices int32*',
    '3 link_index int32',
    '4 values int64*',
    '5 timestamps_unix_nano fixed64*',
  ],
  Mapping: [
    '1 memory_start uint64',
    '2 memory_limit uint64',
    '3 file_offset uint64',
    '4 filename_strindex int32',
    '5 attribute_indices int32*',
  ],
  Stack: ['1 location_indices int32*'],
  Location: ['1 mapping_index int32', '2 address uint64', '3 lines Line*', '4 attribute_indices int32*'],
  Line: ['1 function_index int32', '2 line int64', '3 column int64'],
  Function: [
    '1 name_strindex int32',
    '2 system_name_strindex int32',
    '3 filename_strindex int32',
    '4 start_line int64',
  ],
  KeyValueAndUnit: ['1 key_strindex int32', '2 value AnyValue', '3 unit_strindex int32'],
  Exemplar: [
    '2 time_unix_nano fixed64',
    '3 as_double double |0',
    '4 span_id id8',
    '5 trace_id id16',
    '6 as_int sfixed64 |0',
    '7 filtered_attributes KeyValue*',
  ],
  // Responses: google.rpc.Status and its details, and Export<Signal>ServiceResponse
  // (docs/spec/core.md#receiver-errors).
  HealthCheckRequest: ['1 service string'],
  HealthCheckResponse: ['1 status enum'],
  RpcStatus: ['1 code int32', '2 message string', '3 details Any*'],
  Any: ['1 type_url string', '2 value bytes'],
  RetryInfo: ['1 retry_delay Duration'],
  Duration: ['1 seconds int64', '2 nanos int32'],
  ExportResponse: ['1 partial_success PartialSuccess'],
  PartialSuccess: ['1 rejected int64', '2 error_message string'],
} as const;

export type MessageName = keyof typeof source;

type NameIn<Text> = Text extends `${number} ${infer Name} ${string}` ? Name : never;
/** The names of a message's fields as the table has them: `FieldName<'Status'>` is `'message' | 'code'`. */
export type FieldName<Of extends MessageName> = NameIn<(typeof source)[Of][number]>;

export type Scalar =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'enum'
  | 'int32'
  | 'uint32'
  | 'sint32'
  | 'int64'
  | 'uint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double'
  | 'id8'
  | 'id16';

export interface Field {
  readonly number: number;
  /** Field number * 8 + wire type, as the field is written: repeated numbers are packed. */
  readonly tag: number;
  /** snake_case, as in the proto file. */
  readonly name: string;
  readonly type: Scalar | 'message';
  /** The message's index in `messages` when `type` is `message`, else -1. */
  readonly message: number;
  readonly repeated: boolean;
  /** Which oneof of its message it belongs to (also proto3 optional fields); -1: none. */
  readonly oneof: number;
}

export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
}

const names: readonly string[] = Object.keys(source);

export const messages: readonly Message[] = Object.entries(source).map(([name, fields]) => ({
  name,
  fields: fields.map(parseField),
}));

function parseField(text: string): Field {
  const [number = '', name = '', kind = '', oneof] = text.split(' ');
  const repeated = kind.endsWith('*');
  const base = repeated ? kind.slice(0, -1) : kind;
  const message = names.indexOf(base);
  const type = message >= 0 ? 'message' : (base as Scalar);
  return {
    number: Number(number),
    tag: Number(number) * 8 + (repeated ? 2 : wireOf(type)),
    name,
    type,
    message,
    repeated,
    oneof: oneof === undefined ? -1 : Number(oneof.slice(1)),
  };
}

/** The wire type of one value. */
function wireOf(type: Field['type']): number {
  switch (type) {
    case 'message':
    case 'string':
    case 'bytes':
    case 'id8':
    case 'id16':
      return 2;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return 1;
    case 'fixed32':
      return 5;
    default:
      return 0;
  }
}

export const messageNumber: (name: string) => number = (name) => names.indexOf(name);

/** The top message of each signal's export request. */
export const topMessage: Readonly<Record<Signal, number>> = {
  traces: names.indexOf('TracesData'),
  metrics: names.indexOf('MetricsData'),
  logs: names.indexOf('LogsData'),
  profiles: names.indexOf('ProfilesData'),
};

/** The entry of a field. The compiler knows the names: `fieldOf('Span', 'trace_id')`. */
export function fieldOf<Of extends MessageName>(message: Of, name: FieldName<Of>): Field {
  const field = messages[messageNumber(message)]?.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`no field ${name} in ${message}`);
  return field;
}

/** The tag of a field, field number * 8 + wire type: `tagOf('Span', 'name')` is 42. For constants, not for loops. */
export function tagOf<Of extends MessageName>(message: Of, name: FieldName<Of>): number {
  return fieldOf(message, name).tag;
}
