import type { InUse } from '../component/schema/in-use.js';
import type { Report } from '../component/schema/schema.js';
import { credentialsFault } from '../net/credentials/file-fault.js';
import { tlsClient } from '../net/options/tls-client.js';
import { tlsFaults } from '../net/tls/tls-faults.js';
import type { Signal } from '../otlp/signal.js';
import type { TelemetryConfig } from './config.js';
import { exporterOf, type Destination, type OtlpDestination, type RecordProcessor } from './config/destination.js';
import type { MetricReader } from './config/metrics.js';
import { detected } from './detectors.js';
import { encodingFault } from './log/encoding-fault.js';
import { outputFault } from './output/output-fault.js';
import { settingsOf, tlsOf } from './push/settings.js';
import { readerOf } from './reader-of.js';
import { samplerOf } from './tracing/sampler.js';
import { propagatorFault } from './tracing/propagator-names.js';
import { Views } from './views.js';

type Path = readonly (string | number)[];

/** Reports what would keep the own telemetry from working, with the Collector's words where it has some. */
export function telemetryFaults(
  config: TelemetryConfig,
  { report, warn, listens }: Pick<InUse, 'report' | 'warn' | 'listens'>,
): void {
  const { logs, metrics, traces } = config;
  const encoding = encodingFault(logs.encoding);
  if (encoding) report(`failed to create logger: ${encoding.message}`, ['logs', 'encoding'], undefined, encoding.hint);
  for (const option of ['output_paths', 'error_output_paths'] as const)
    for (const [i, path] of logs[option].entries()) {
      const fault = outputFault(path);
      if (fault) report(`failed to create logger: ${fault.message}`, ['logs', option, i], undefined, fault.hint);
    }
  processorFaults(logs.processors, 'logs', ['logs', 'processors'], report);
  thrown(
    () => new Views(metrics.views ?? [], '', ''),
    report,
    ['metrics', 'views'],
    'docs/own-telemetry.md says what views can do.',
  );
  if (metrics.level !== 'none')
    for (const [i, reader] of (metrics.readers ?? []).entries()) {
      readerFaults(reader, ['metrics', 'readers', i], report);
      warnOfPort(reader, warn, listens);
    }
  if (traces.level !== 'none' && traces.processors.length > 0) {
    for (const [i, name] of traces.propagators.entries()) {
      const fault = propagatorFault(name);
      if (fault) report(fault.message, ['traces', 'propagators', i], undefined, fault.hint);
    }
    thrown(() => samplerOf(traces.sampler), report, ['traces', 'sampler'], 'Such as `sampler: {always_on: }`.');
    processorFaults(traces.processors, 'traces', ['traces', 'processors'], report);
  }
  thrown(
    () => detected(config.resource?.['detection/development'] ?? config.resource?.['detectors']),
    report,
    ['resource', 'detection/development'],
    'Such as `detectors: [{host: {}}]`.',
  );
}

/** Components come first, so that a reader at the place of one is found here. */
function warnOfPort({ pull }: MetricReader, warn: InUse['warn'], listens: InUse['listens']): void {
  const at = pull?.exporter.prometheus;
  if (!at) return;
  const other = listens({ transport: 'tcp', host: at.host, port: at.port });
  // Two readers at one place are a fault of their own.
  if (other !== undefined && other !== 'service::telemetry')
    warn(`The own metrics listen at ${at.host}:${at.port}, where ${other} listens: the start will fail`);
}

function readerFaults(reader: MetricReader, path: Path, report: Report): void {
  thrown(
    () => readerOf(reader),
    report,
    path,
    'Such as {pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}, or `periodic` with an `otlp` exporter.',
    'failed to create meter provider: ',
  );
  const otlp = reader.periodic?.exporter.otlp;
  if (otlp) destinationFaults(otlp, 'metrics', [...path, 'periodic', 'exporter', 'otlp'], report);
}

function processorFaults(processors: readonly RecordProcessor[], signal: Signal, path: Path, report: Report): void {
  for (const [i, { batch, simple }] of processors.entries()) {
    const kind = batch ? 'batch' : 'simple';
    const exporter: Destination | undefined = batch?.exporter ?? simple?.exporter;
    if (batch && simple) report('must not specify multiple processors', [...path, i], undefined, 'Keep one of them.');
    else if (!exporter)
      report('no valid processor: use batch or simple', [...path, i], undefined, 'Such as {batch: {exporter: ...}}.');
    else {
      thrown(
        () => exporterOf(exporter, signal === 'traces' ? 'span' : 'log'),
        report,
        [...path, i, kind, 'exporter'],
        'Such as {otlp: {protocol: http/protobuf, endpoint: "http://localhost:4318"}}.',
      );
      if (exporter.otlp) destinationFaults(exporter.otlp, signal, [...path, i, kind, 'exporter', 'otlp'], report);
    }
  }
}

function destinationFaults(config: OtlpDestination, signal: Signal, path: Path, report: Report): void {
  thrown(
    () => settingsOf(config, signal),
    report,
    path,
    'Such as {protocol: http/protobuf, endpoint: "http://localhost:4318"}.',
  );
  const files = {
    certificate: config.certificate,
    client_certificate: config.client_certificate,
    client_key: config.client_key,
  };
  let there = true;
  for (const [option, file] of Object.entries(files)) {
    const missing = file === '' ? undefined : credentialsFault(file);
    if (missing) report(missing.message, [...path, option], undefined, missing.hint);
    there &&= !missing;
  }
  if (there)
    tlsFaults(tlsClient().parse(tlsOf(config, true)), (message, _path, at, hint) => report(message, path, at, hint));
}

function thrown(step: () => unknown, report: Report, path: Path, hint: string, before = ''): void {
  try {
    step();
  } catch (error) {
    report(`${before}${(error as Error).message}`, path, undefined, hint);
  }
}
