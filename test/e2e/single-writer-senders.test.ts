import { describe, expect, test } from 'vitest';
import { parseExposition } from '../support/exposition.js';
import { grpcSender, httpSender, nanos } from '../support/metric-sender.js';
import { freePorts, startProgram, until } from '../support/program.js';

const gauge = (value: number, ms: number): object => ({
  name: 'load',
  gauge: { dataPoints: [{ asDouble: value, timeUnixNano: nanos(ms) }] },
});

/** The lines of the log about several writers. */
const reports = (log: string): string[] =>
  log.split('\n').filter((line) => line.includes('Several writers of one metric stream'));
/** The names of the writers of a line, without their connections. */
const routesOf = (line: string): string =>
  [...(/"writers": \[(.*?)\]/.exec(line)?.[1] ?? '').matchAll(/\((.*?)\)/g)].map(([, name]) => name).join(' and ');

describe.each([[[]], [['--workers', '2']]])('%j', (args: readonly string[]) => {
  test('two receivers of one pipeline, and a connector, are the routes of one sender', async () => {
    const [a = 0, b = 0, c = 0] = await freePorts(3);
    const receiver = (port: number): string => `{protocols: {http: {endpoint: 127.0.0.1:${port}}}}`;
    const program = await startProgram(
      `
receivers: {otlp/a: ${receiver(a)}, otlp/b: ${receiver(b)}, otlp/c: ${receiver(c)}}
processors: {single_writer: {identify_by: [receiver]}}
connectors: {forward: }
exporters: {nop: }
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics: {receivers: [otlp/a, otlp/b, forward], processors: [single_writer], exporters: [nop]}
    metrics/c: {receivers: [otlp/c], exporters: [forward]}
`,
      { args },
    );
    const senders = [a, b, c].map((port) => httpSender(port));
    try {
      // Another value for the same time, by each way.
      const now = Date.now();
      for (const [value, sender] of senders.entries()) await sender.send(gauge(value, now));
      await until('the reports', () => reports(program.output()).length >= 2);
      expect(reports(program.output()).map(routesOf)).toEqual(['otlp/a and otlp/b', 'otlp/a and forward']);
    } finally {
      for (const sender of senders) sender.close();
      await program.stop();
    }
  });
});

/** Points of many streams, so that each of several workers owns some. */
const streams = 40;
const loads = (value: number, ms: number): object => ({
  name: 'load',
  gauge: {
    dataPoints: Array.from({ length: streams }, (_, i) => ({
      ...{ asDouble: value, timeUnixNano: nanos(ms) },
      attributes: [{ key: 'core', value: { intValue: i } }],
    })),
  },
});

describe.each([
  ['single_writer', []],
  ['single_writer/mine', []],
  ['single_writer', ['--workers', '2']],
  ['single_writer/mine', ['--workers', '2']],
])('%s %j', (name, args) => {
  test('`reject` tells senders over HTTP and gRPC the metric and its owner, and metrics count by cause', async () => {
    const [http = 0, grpc = 0, own = 0] = await freePorts(3);
    const program = await startProgram(
      `
receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:${http}}, grpc: {endpoint: 127.0.0.1:${grpc}}}}
processors: {${name}: {action: reject}}
exporters: {nop: }
service:
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${own}}}}}]}
  pipelines: {metrics: {receivers: [otlp], processors: [${name}], exporters: [nop]}}
`,
      { args },
    );
    const senders = [httpSender(http, '127.0.0.2'), httpSender(http, '127.0.0.3'), grpcSender(grpc)];
    const [owner, second, third] = senders;
    try {
      const now = Date.now();
      const accepted = { status: 200, rejected: 0, message: '' };
      expect(await owner?.send(loads(1, now))).toEqual(accepted);
      for (const sender of [second, third])
        expect(await sender?.send(loads(2, now))).toEqual({
          ...{ status: 200, rejected: streams },
          message: expect.stringMatching(/^a metric stream has one writer: "load" is written by 127\.0\.0\.2:\d+$/),
        });
      expect(await owner?.send(loads(3, now + 1000))).toEqual(accepted);
      const { samples } = parseExposition(await (await fetch(`http://127.0.0.1:${own}/metrics`)).text());
      const found = (metric: string): object[] =>
        samples.flatMap(({ name: each, labels, value }) => (each === metric ? [{ ...labels, value }] : []));
      expect(found('kanmon_single_writer_violations')).toEqual([
        {
          ...{ processor: name, violation: 'conflicting_value', cause: 'no_instance_identity' },
          value: 2 * streams,
        },
      ]);
      expect(found('kanmon_ledger_dropped')).toContainEqual({
        ...{ component: name, signal: 'metrics', reason: 'second_writer', value: 2 * streams },
      });
      expect(found('kanmon_single_writer_streams')).toEqual([{ processor: name, value: streams }]);
    } finally {
      for (const sender of senders) sender.close();
      await program.stop();
    }
  });
});
