import { headerNameFault, headerValueFault } from '../../component/schema/header-field.js';
import type { TextFault } from '../../component/config-value-error.js';
import {
  flag,
  group,
  headers,
  int,
  list,
  secret,
  section,
  text,
  type Report,
  type Schema,
} from '../../component/schema/schema.js';

/**
 * A destination of the program's own telemetry over OTLP (docs/spec/core.md#telemetry-config). Times in milliseconds.
 */
export interface OtlpDestination {
  readonly protocol: string;
  readonly endpoint: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly headers_list: string;
  readonly compression: string;
  readonly timeout: number;
  readonly certificate: string;
  readonly client_certificate: string;
  readonly client_key: string;
  readonly insecure: boolean;
}

export interface Destination {
  readonly otlp: OtlpDestination | undefined;
  /** Writes OTLP/JSON to stdout. */
  readonly console: object | undefined;
}

/** How records are gathered into batches. Times in milliseconds. */
export interface Batching {
  readonly schedule_delay: number;
  readonly export_timeout: number;
  readonly max_queue_size: number;
  readonly max_export_batch_size: number;
  readonly exporter: Destination;
}

export interface RecordProcessor {
  readonly batch: Batching | undefined;
  readonly simple: { readonly exporter: Destination } | undefined;
}

export const off = { absent: 'off' } as const;

export const otlpShape: { readonly [K in keyof OtlpDestination]-?: Schema<OtlpDestination[K]> } = {
  protocol: text('', { about: '`grpc` or `http/protobuf`.' }),
  endpoint: text('', { about: 'URL of the backend; a path in it replaces `/v1/<signal>`.' }),
  headers: headers({ about: 'Added to every request.' }),
  headers_list: secret(
    '',
    { about: 'More headers in one text: `a=b,c=d`. An entry of `headers` with the same name wins.' },
    headersListFault,
  ),
  compression: text('', { about: '`gzip` or `none`.' }),
  timeout: int(10_000, { about: 'Limit for one request and its response.', unit: 'ms' }),
  certificate: text('', { about: 'File with the certificate authority of the backend.' }),
  client_certificate: text('', { about: 'File with the certificate of this program.' }),
  client_key: text('', { about: 'File with its key.' }),
  insecure: flag(false, { about: 'No TLS where the endpoint has no scheme.' }),
};

export const consoleDestination: Schema<object | undefined> = section<object>(group<object>({}), off, {
  about: 'OTLP/JSON on stdout.',
});

const destination: Schema<Destination> = group<Destination>({
  otlp: section<OtlpDestination>(group<OtlpDestination>(otlpShape, checkOtlp), off),
  console: consoleDestination,
});

/** Processors of the program's own spans or log lines. `delayMs` is their default pause between two exports. */
export function recordProcessors(delayMs: number, about: string): Schema<readonly RecordProcessor[]> {
  return list(
    group<RecordProcessor>({
      batch: section<Batching>(
        group<Batching>({
          schedule_delay: int(delayMs, { about: 'Time between two exports.', unit: 'ms' }),
          export_timeout: int(30_000, { about: 'Limit for one export with its retries.', unit: 'ms' }),
          max_queue_size: int(
            2048,
            { about: 'Records that may wait; further ones are dropped and counted in the log.' },
            positive,
          ),
          max_export_batch_size: int(512, { about: 'Records in one export at most.' }, positive),
          exporter: destination,
        }),
        off,
      ),
      simple: section(group({ exporter: destination }), off, { about: 'Every record is sent at once.' }),
    }),
    [],
    { about },
  );
}

/** Over gRPC headers may have fewer characters than over HTTP. */
export function checkOtlp({ protocol, headers: pairs }: OtlpDestination, report: Report): void {
  if (protocol !== 'grpc') return;
  for (const [name, value] of pairs) {
    const fault = headerNameFault(name, 'grpc') ?? headerValueFault(value, name, 'grpc');
    if (fault) report(`${JSON.stringify(name)}: ${fault.message}`, ['headers'], fault.at, fault.hint);
  }
}

/** The headers of a text such as `a=b,c=d`, values percent-encoded. Throws `URIError` where they are not. */
export function listedHeaders(text: string): [name: string, value: string][] {
  return text
    .split(',')
    .filter((pair) => pair.includes('='))
    .map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    });
}

function headersListFault(text: string): TextFault | undefined {
  try {
    for (const [name, value] of listedHeaders(text)) {
      const fault = headerNameFault(name) ?? headerValueFault(value, name);
      if (fault) return fault;
    }
    return undefined;
  } catch {
    return { message: 'a value has a % that is no percent-encoding', hint: 'Write % as %25.' };
  }
}

function positive(value: number): string | undefined {
  return value > 0 ? undefined : `must be positive: ${value}`;
}

/** Checks that a processor names exactly one exporter. Throws the Collector's message if not. */
export function exporterOf(exporter: Destination, kind: string): Destination {
  if (exporter.otlp && exporter.console) throw new Error('must not specify multiple exporters');
  if (!exporter.otlp && !exporter.console) throw new Error(`no valid ${kind} exporter`);
  return exporter;
}
