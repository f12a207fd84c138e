import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { ScrapeTarget } from '../support/scrape-target.js';

/** Values by series, `name{a="b",...}` with sorted labels. */
type Series = Map<string, number>;

/** A number as Prometheus writes it, or as we do. */
function numberOf(text: string): number {
  return Number(text.replace(/^([-+]?)Inf$/, '$1Infinity'));
}

function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels)
    // The same number can be written in several ways.
    .map(
      ([key, value]) =>
        `${key}=${JSON.stringify(key === 'le' || key === 'quantile' ? String(numberOf(value)) : value)}`,
    )
    .sort();
  return `${name}{${texts.join()}}`;
}

/** The series that the real Prometheus knows now. */
async function known(port: number): Promise<Series> {
  const query = encodeURIComponent('{job=~"peer|relabelled|honoured"}');
  const reply = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`);
  const { data } = (await reply.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return new Map(
    data.result.map(({ metric: { __name__: name = '', ...labels }, value }) => [
      seriesName(name, labels),
      numberOf(value[1]),
    ]),
  );
}

type Json = Readonly<Record<string, unknown>>;

/** The samples of Prometheus that our points stand for, as they are after all that was written so far. */
class Written {
  readonly series: Series = new Map();
  readonly #file: string;
  #read = 0;

  constructor(file: string) {
    this.#file = file;
  }

  update(): void {
    if (!fs.existsSync(this.#file)) return;
    const text = fs.readFileSync(this.#file, 'utf8');
    const end = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(this.#read, end).split('\n'))
      if (line !== '') this.#request(JSON.parse(line) as Json);
    this.#read = end;
  }

  #request(request: Json): void {
    for (const resource of list(request, 'resourceMetrics')) {
      const about = attributesOf(list(resource['resource'] as Json, 'attributes'));
      const base = { job: about['service.name'] ?? '', instance: about['service.instance.id'] ?? '' };
      for (const scope of list(resource, 'scopeMetrics'))
        for (const metric of list(scope, 'metrics')) {
          const isInfo = attributesOf(list(metric, 'metadata'))['prometheus.type'] === 'info';
          const name = `${String(metric['name'])}${isInfo ? '_info' : ''}`;
          for (const kind of ['gauge', 'sum', 'histogram', 'summary'])
            for (const point of list((metric[kind] ?? {}) as Json, 'dataPoints'))
              this.#point(name, { ...base, ...attributesOf(list(point, 'attributes')) }, kind, point);
        }
    }
  }

  #point(name: string, labels: Readonly<Record<string, string>>, kind: string, point: Json): void {
    const stale = point['flags'] === 1;
    const set = (ending: string, value: unknown, more: Readonly<Record<string, string>> = {}): void => {
      const key = seriesName(name + ending, { ...labels, ...more });
      if (stale) this.series.delete(key);
      else if (value !== undefined) this.series.set(key, Number(value));
    };
    const start = point['startTimeUnixNano'];
    if (start !== undefined || stale) {
      const created = seriesName(`${name.replace(/_total$/, '')}_created`, labels);
      if (stale) this.series.delete(created);
      else this.series.set(created, Math.round(Number(start) / 1e6) / 1e3);
    }
    if (kind === 'gauge' || kind === 'sum') return set('', point['asDouble'] ?? 0);
    set('_count', point['count'] ?? 0);
    set('_sum', point['sum']);
    for (const each of list(point, 'quantileValues'))
      set('', each['value'] ?? 0, { quantile: String(Number(each['quantile'] ?? 0)) });
    if (kind !== 'histogram') return;
    let total = 0;
    const bounds = [...((point['explicitBounds'] ?? []) as number[]), 'Infinity'];
    for (const [i, count] of ((point['bucketCounts'] ?? []) as string[]).entries())
      set('_bucket', (total += Number(count)), { le: String(bounds[i]) });
  }
}

function list(value: Json, key: string): Json[] {
  return (value[key] ?? []) as Json[];
}

function attributesOf(entries: readonly Json[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ key, value }) => [String(key), String(Object.values(value as Json)[0])]));
}

/** Without what depends on the moment. */
function comparable(series: Series): Record<string, number> {
  return Object.fromEntries(
    [...series]
      .filter(([name]) => !/^scrape_(?:duration_seconds|series_added)/.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const text = (value: number): string =>
  [
    '# TYPE c_total counter',
    `c_total{code="2\\"0"} ${value}`,
    '# TYPE g gauge',
    'g{a="x",empty=""} -1.5e-7',
    'g{a="inf"} +Inf',
    'untyped 12345678901234567890',
    '# TYPE h histogram',
    'h_bucket{le="0.1"} 1',
    'h_bucket{le="1"} 3',
    'h_bucket{le="+Inf"} 5',
    'h_sum 7.25',
    'h_count 5',
    '# TYPE s summary',
    's{quantile="0.5"} 2',
    's{quantile="0.99"} 3',
    's_sum 8',
    's_count 4',
    'conflict{job="theirs",instance="theirs"} 1',
    'twice 1',
    'twice 2',
    '',
  ].join('\n');

const openMetrics = [
  '# TYPE build info',
  'build_info{version="1"} 1',
  '# TYPE door stateset',
  'door{door="open"} 1',
  'door{door="shut"} 0',
  '# TYPE req counter',
  'req_total{a="1"} 17 # {trace_id="abc"} 0.5',
  'req_created{a="1"} 1500000000.25',
  '# TYPE x unknown',
  'x 2',
  '# EOF',
  '',
].join('\n');

const many = Array.from({ length: 50_000 }, (_, i) => `many{i="${i}",path="/a/b/${i % 100}"} ${i}\n`).join('');

testWith('prometheus')(
  'the real Prometheus and ours see the same series and values of the same targets',
  { timeout: 600_000 },
  async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-peer-'));
    const [port] = (await freePorts(1)) as [number];
    const target = await ScrapeTarget.start(text(1));
    const other = await ScrapeTarget.start(`${text(3)}g{a="UP"} 1\nold 4 1600000000000\n`);
    const slow = await ScrapeTarget.start();
    slow.page = () => ({ body: '', silent: true });
    const scrape = `
      - job_name: peer
        scrape_interval: 3s
        scrape_timeout: 3s
        sample_limit: 60000
        metric_relabel_configs:
          - {source_labels: [__name__], regex: target_info, action: drop}
        static_configs:
          - {targets: ['${target.address}'], labels: {env: test}}
          - {targets: ['${slow.address}']}
      - job_name: relabelled
        scrape_interval: 3s
        scrape_timeout: 3s
        params: {x: [one, two]}
        static_configs: [{targets: ['${other.address}'], labels: {env: Test, __meta_a: b}}]
        relabel_configs:
          - {source_labels: [__address__, __meta_a], regex: '(.*):(.*);(b)', target_label: port, replacement: '$3-$2'}
          - {regex: '__meta_(.*)', action: labelmap, replacement: 'meta_$1'}
          - {source_labels: [env], target_label: env, action: lowercase}
        metric_relabel_configs:
          - {source_labels: [code], regex: '(.*)"(.*)', target_label: split, replacement: '$2-$1$$'}
          - {source_labels: [env, a], separator: '/', modulus: 1000, target_label: shard, action: hashmod}
          - {regex: 'c(od)e', action: labelmap, replacement: 'map_$1'}
          - {regex: 'empty|code', action: labeldrop}
          - {source_labels: [a], target_label: upper, action: uppercase}
          - {source_labels: [__name__], regex: 'twice|untyped|old', action: drop}
          - {source_labels: [a], regex: UP, target_label: same, replacement: g}
          - {source_labels: [__name__], target_label: same, action: dropequal}
          - {source_labels: [env], target_label: env, action: keepequal}
          - {source_labels: [__name__], regex: g, target_label: __name__, replacement: renamed}
      - job_name: honoured
        honor_labels: true
        honor_timestamps: false
        scrape_interval: 3s
        scrape_timeout: 3s
        static_configs: [{targets: ['${other.address}'], labels: {a: mine}}]
        metric_relabel_configs:
          - {source_labels: [job], regex: theirs, action: drop}
`;
    fs.writeFileSync(path.join(folder, 'prometheus.yml'), `scrape_configs:${scrape}`);
    const args = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    let peer: ChildProcess | undefined;
    let program: Program | undefined;
    try {
      peer = spawn('prometheus', args, { stdio: 'ignore' });
      program = await startProgram(`
receivers:
  prometheus:
    config:
      scrape_configs:${scrape.replaceAll('\n', '\n  ').replaceAll('$', '$$$$')}
exporters:
  file: {path: ${folder}/out, flush_interval: 50ms}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics: {receivers: [prometheus], exporters: [file]}
`);
      const written = new Written(path.join(folder, 'out'));
      /** Waits until both are the same and `reached`, and compares them at the end of the time. */
      const same = async (reached: (ours: Series) => boolean): Promise<void> => {
        let theirs: Series = new Map();
        const agreed = async (): Promise<boolean> => {
          theirs = await known(port).catch(() => new Map<string, number>());
          written.update();
          const [a, b] = [JSON.stringify(comparable(written.series)), JSON.stringify(comparable(theirs))];
          return a === b && reached(written.series);
        };
        await until('the same series', agreed).catch(() => {});
        const [ours, others] = [comparable(written.series), comparable(theirs)];
        const unequal = Object.keys({ ...ours, ...others }).filter((name) => !Object.is(ours[name], others[name]));
        expect(unequal.slice(0, 20).map((name) => [name, ours[name], others[name]])).toEqual([]);
        expect(reached(written.series)).toBe(true);
      };
      const at = (name: string, more = ''): string =>
        `${name}{${more}env="test",instance="${target.address}",job="peer"}`;
      const up =
        (value: number) =>
        (ours: Series): boolean =>
          ours.get(at('up')) === value;
      const value =
        (name: string, wanted: number | undefined) =>
        (ours: Series): boolean =>
          ours.get(name) === wanted;

      const isSlow = value(`up{instance="${slow.address}",job="peer"}`, 0);
      await same((ours) => isSlow(ours) && value(at('c_total', 'code="2\\"0",'), 1)(ours));
      expect(written.series.get(at('scrape_samples_scraped'))).toBe(16);
      const names = [...written.series.keys()].join('\n');
      expect(names).toMatch(
        /^renamed\{a="x",env="test",.*job="relabelled",meta_a="b",port="b-\d+",shard="\d+",upper="X"\}$/m,
      );
      expect(names).toMatch(/^c_total\{env="test",.*job="relabelled",map_od="2\\"0",.*split="0-2\$"\}$/m);
      expect(names).toMatch(/^old\{a="mine",instance=".*",job="honoured"\}$/m);
      target.body = text(5).replace(/^g\{a="inf"\}.*\n/m, '');
      await same((ours) => ours.get(at('c_total', 'code="2\\"0",')) === 5 && !ours.has(at('g', 'a="inf",')));
      target.page = () => ({ body: openMetrics, type: 'application/openmetrics-text; version=1.0.0' });
      await same(value(at('req_created', 'a="1",'), 1_500_000_000.25));
      target.body = 'good 1\nthis is no exposition\n';
      await same(up(0));
      expect(written.series.get(at('scrape_samples_scraped'))).toBe(1);
      target.body = many;
      await same((ours) => up(1)(ours) && ours.size > 50_000);
      target.body = text(7);
      await same((ours) => up(1)(ours) && ours.size < 100);
      // Of other series: 2.42 does not always end those that a page above the limit has again.
      target.body = Array.from({ length: 60_001 }, (_, i) => `more{i="${i}"} ${i}\n`).join('');
      await same(up(0));
      target.body = text(9);
      await same(up(1));
      await target.stop();
      await same(up(0));
      expect([...written.series.keys()].filter((name) => /^c_total.*job="peer"/.test(name))).toEqual([]);
    } finally {
      // Its folder is removed below, which it writes to until its end.
      if (peer?.kill() === true) await once(peer, 'exit');
      await program?.stop();
      await slow.stop();
      await other.stop();
      await target.stop().catch(() => {});
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
);
