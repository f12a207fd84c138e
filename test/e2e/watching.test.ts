import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { discoverComponents, sections } from '../../src/config/components.js';
import { makeClient } from '../support/backend.js';
import { DocumentedShell } from '../support/documented.js';
import { commandsOf, fencedBlocks } from '../support/documents.js';
import { encodeSpans } from '../support/otlp.js';
import { OwnNetwork } from '../support/own-network.js';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
const alerts = read('deploy/prometheus/alerts.yaml');
const dashboard = JSON.parse(read('deploy/grafana/kanmon.json')) as {
  panels: { title: string; targets: { expr: string }[] }[];
  templating: { list: { query: string | { query: string } }[] };
};
const queries = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query])),
];

/** The names in queries, without the endings that depend on the reader; `a_(b|c)_d` is two names. */
function namesIn(text: string): Set<string> {
  const bare = text.replaceAll(/\((?:_total|_bytes|_seconds)\)\?/g, '');
  const names = [...bare.matchAll(/\b(?:kanmon|otelcol)_[a-z_]+(?:\([a-z_|]+\)\??[a-z_]*)?/g)].map(([name]) => name);
  return new Set(
    names.flatMap((name) => {
      const [, before = '', choices, optional, after = ''] = /^([^(]*)(?:\(([^)]*)\)(\??)(.*))?$/.exec(name) ?? [];
      if (choices === undefined) return [before];
      return [...choices.split('|'), ...(optional === '?' ? [''] : [])].map((choice) => `${before}${choice}${after}`);
    }),
  );
}

/** A load balancer whose only backend is away, and that has no retries: each outcome that the queries ask for. */
function configuration(ports: readonly number[], endings: boolean): string {
  const [grpc, metrics, away] = ports;
  return `
receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:${grpc}}}}}
exporters:
  load_balancing:
    protocol: {otlp: {tls: {insecure: true}, retry_on_failure: {enabled: false}}}
    resolver: {static: {hostnames: [127.0.0.1:${away}]}}
  otlp_grpc: {endpoint: 127.0.0.1:${away}, tls: {insecure: true}, retry_on_failure: {enabled: false}}
service:
  telemetry:
    metrics:
      readers:
        - pull:
            exporter:
              prometheus:
                {host: 127.0.0.1, port: ${metrics}, without_type_suffix: ${!endings}, without_units: ${!endings}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_grpc]}
    traces/2: {receivers: [otlp], exporters: [load_balancing]}
    metrics: {receivers: [otlp], exporters: [otlp_grpc]}
    logs: {receivers: [otlp], exporters: [otlp_grpc]}
`;
}

test.each([false, true])(
  'the alerts and the dashboard ask for metrics that the program has, with the endings of names: %s',
  async (endings) => {
    const ports = await freePorts(3);
    const program = await startProgram(configuration(ports, endings), { args: ['--workers', '2'] });
    try {
      const client = makeClient(ports[0] ?? 0);
      await client.send(encodeSpans([{ traceId: '0a'.repeat(16), spanId: '0a'.repeat(8) }]));
      client.close();
      const missing = async (): Promise<string[]> => {
        const page = await (await fetch(`http://127.0.0.1:${ports[1]}/metrics`)).text();
        const present = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) =>
          endings ? name.replace(/_total$/, '').replace(/_(?:bytes|seconds)$/, '') : name,
        );
        return [...namesIn(alerts), ...queries.flatMap((query) => [...namesIn(query)])].filter(
          (name) => !present.includes(name) && !present.includes(name.replace(/_(?:bytes|seconds)$/, '')),
        );
      };
      // Some come when each of the two exporters has given the spans up.
      await expect.poll(async () => (await missing()).filter((name) => !rare.has(name))).toEqual([]);
      // Metrics of events that did not happen here: the program has them all the same, as its own table says.
      const declared = [...read('docs/own-telemetry.md').matchAll(/^\| `(\S+)` \|/gm)].map(([, name]) => name);
      expect((await missing()).filter((name) => !declared.includes(name))).toEqual([]);
    } finally {
      await program.stop();
    }
  },
);

/** Metrics of what this test does not bring about. */
const rare: ReadonlySet<string> = new Set([
  'kanmon_ledger_refused',
  'kanmon_ledger_returned',
  'otelcol_exporter_send_failed_log_records',
  'otelcol_exporter_send_failed_metric_points',
]);

test('the alert about loss leaves out reasons that there are', async () => {
  const components = await discoverComponents();
  const reasons = new Set(
    sections.flatMap((section) =>
      [...components[section].values()].flatMap(({ telemetry }) => Object.keys(telemetry.reasons)),
    ),
  );
  const [, excluded = ''] = /reason!~"([^"]*)"/.exec(alerts) ?? [];
  expect(excluded.split('|').filter((reason) => !reasons.has(reason))).toEqual([]);
});

const checked = testWith('promtool');

checked('the commands that the documents show check the rules, run their tests, and start Prometheus', async () => {
  const shown = fencedBlocks(root, 'README.md')
    .flatMap(commandsOf)
    .filter((line) => line.startsWith('prom'));
  const inDeploy = fencedBlocks(root, 'deploy/README.md')
    .flatMap(commandsOf)
    .filter((line) => line.startsWith('prom'));
  expect(inDeploy).toEqual(shown);
  const network = await OwnNetwork.open();
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-watching-'));
  try {
    const shell = new DocumentedShell(root, network);
    for (const line of shown) {
      if (line.startsWith('promtool')) {
        const { code, output } = await shell.run(line);
        expect(output).toContain('SUCCESS');
        expect(code).toBe(0);
        continue;
      }
      const prometheus = shell.start(`${line} --storage.tsdb.path=${data}`);
      await prometheus.says('Server is ready to receive web requests');
      const { output } = await shell.run('curl -s http://localhost:9090/api/v1/rules');
      await prometheus.stop();
      const { data: rules } = JSON.parse(output) as { data: { groups: { rules: { health: string }[] }[] } };
      expect(rules.groups.flatMap((group) => group.rules)).toHaveLength(alerts.match(/- alert:/g)?.length ?? 0);
    }
  } finally {
    network.close();
    fs.rmSync(data, { recursive: true, force: true });
  }
});

checked('every query of the dashboard is PromQL', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-dashboard-'));
  try {
    const rules = dashboard.panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, i) => ({
        record: `panel_${i}`,
        // The values that Grafana puts in.
        expr: expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '5m'),
      }));
    const file = path.join(folder, 'rules.json');
    fs.writeFileSync(file, JSON.stringify({ groups: rules.map((rule, i) => ({ name: `g${i}`, rules: [rule] })) }));
    expect(execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toContain(
      `SUCCESS: ${rules.length} rules found`,
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
