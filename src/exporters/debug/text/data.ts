import type { JsonAttributes } from './value.js';

/** OTLP/JSON as the encoder writes it: what is zero is missing. Only what is shown is named. */
export interface Data {
  readonly resourceSpans?: readonly (ResourcePart & {
    readonly scopeSpans?: readonly (ScopePart & { readonly spans?: readonly JsonSpan[] })[];
  })[];
  readonly resourceLogs?: readonly (ResourcePart & {
    readonly scopeLogs?: readonly (ScopePart & { readonly logRecords?: readonly LogRecord[] })[];
  })[];
  readonly resourceMetrics?: readonly (ResourcePart & {
    readonly scopeMetrics?: readonly (ScopePart & { readonly metrics?: readonly Metric[] })[];
  })[];
  readonly resourceProfiles?: readonly (ResourcePart & {
    readonly scopeProfiles?: readonly (ScopePart & { readonly profiles?: readonly Profile[] })[];
  })[];
  readonly dictionary?: Dictionary;
}

export interface ResourcePart {
  readonly resource?: { readonly attributes?: JsonAttributes };
  readonly schemaUrl?: string;
}

export interface ScopePart {
  readonly scope?: { readonly name?: string; readonly version?: string; readonly attributes?: JsonAttributes };
  readonly schemaUrl?: string;
}

export interface JsonSpan {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly attributes?: JsonAttributes;
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
  readonly events?: readonly {
    readonly name?: string;
    readonly timeUnixNano?: string;
    readonly attributes?: JsonAttributes;
    readonly droppedAttributesCount?: number;
  }[];
  readonly links?: readonly {
    readonly traceId?: string;
    readonly spanId?: string;
    readonly traceState?: string;
    readonly attributes?: JsonAttributes;
    readonly droppedAttributesCount?: number;
  }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

export interface LogRecord {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly eventName?: string;
  readonly body?: JsonAttributes[number]['value'];
  readonly attributes?: JsonAttributes;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly flags?: number;
}

export type JsonDouble = number | string;

export interface Exemplar {
  readonly timeUnixNano?: string;
  readonly asDouble?: JsonDouble;
  readonly asInt?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly filteredAttributes?: JsonAttributes;
}

/** Data points of all kinds: a field that a kind does not have is missing. */
export interface Point {
  readonly attributes?: JsonAttributes;
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asDouble?: JsonDouble;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: JsonDouble;
  readonly min?: JsonDouble;
  readonly max?: JsonDouble;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly JsonDouble[];
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly positive?: { readonly offset?: number; readonly bucketCounts?: readonly string[] };
  readonly negative?: { readonly offset?: number; readonly bucketCounts?: readonly string[] };
  readonly quantileValues?: readonly { readonly quantile?: JsonDouble; readonly value?: JsonDouble }[];
  readonly exemplars?: readonly Exemplar[];
}

export interface Points {
  readonly dataPoints?: readonly Point[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

export interface Metric {
  readonly name?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: Points;
  readonly sum?: Points;
  readonly histogram?: Points;
  readonly exponentialHistogram?: Points;
  readonly summary?: Points;
}

export interface Sample {
  readonly values?: readonly string[];
  readonly attributeIndices?: readonly number[];
}

export interface Profile {
  readonly profileId?: string;
  readonly timeUnixNano?: string;
  readonly durationNano?: string;
  readonly droppedAttributesCount?: number;
  readonly samples?: readonly Sample[];
  readonly attributeIndices?: readonly number[];
}

export interface Dictionary {
  readonly mappingTable?: readonly {
    readonly memoryStart?: string;
    readonly memoryLimit?: string;
    readonly fileOffset?: string;
    readonly filenameStrindex?: number;
    readonly attributeIndices?: readonly number[];
  }[];
  readonly locationTable?: readonly {
    readonly mappingIndex?: number;
    readonly address?: string;
    readonly lines?: readonly { readonly functionIndex?: number; readonly line?: string; readonly column?: string }[];
    readonly attributeIndices?: readonly number[];
  }[];
  readonly functionTable?: readonly {
    readonly nameStrindex?: number;
    readonly systemNameStrindex?: number;
    readonly filenameStrindex?: number;
    readonly startLine?: string;
  }[];
  readonly linkTable?: readonly { readonly traceId?: string; readonly spanId?: string }[];
  readonly stringTable?: readonly string[];
  readonly attributeTable?: readonly {
    readonly keyStrindex?: number;
    readonly value?: JsonAttributes[number]['value'];
    readonly unitStrindex?: number;
  }[];
}
