import { describe, expect, test } from 'vitest';
import { httpSender, nanos } from '../support/metric-sender.js';
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
