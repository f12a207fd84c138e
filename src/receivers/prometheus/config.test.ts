import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ScrapeTarget } from '../../../test/support/scrape-target.js';
import { about, ScrapeWorld } from '../../../test/support/scrape-world.js';
import { config } from './config.js';
import { missingDiscoveries } from './options/discovery.js';
import { jobSettings } from './options/settings.js';

const job = (more: object): object => ({ config: { scrape_configs: [{ job_name: 'j', ...more }] } });

function faults(given: object): string[] {
  const result = config.safeParse(given);
  return (result.error?.issues ?? []).map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys.join() : issue.message;
    return `${issue.path.join('.').replace('config.scrape_configs.0', 'JOB')}: ${keys}`;
  });
}

test.each<[object, string]>([
  [{}, 'config: no Prometheus scrape_configs or target_allocator set'],
  [{ config: { scrape_configs: [] } }, 'config: no Prometheus scrape_configs or target_allocator set'],
  [{ config: { scrape_configs: [{}] } }, 'JOB.job_name: job_name is empty'],
  [
    { config: { scrape_configs: [{ job_name: 'a' }, { job_name: 'a' }] } },
    'config.scrape_configs.1.job_name: found multiple scrape configs with job name "a"',
  ],
  [job({ scrape_intervall: '1s' }), 'JOB: scrape_intervall'],
  [
    job({ scrape_interval: '1.5s' }),
    'JOB.scrape_interval: not a valid duration string: "1.5s"; use units y, w, d, h, m, s, ms without fractions',
  ],
  [
    job({ scrape_timeout: '2m' }),
    'JOB.scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name "j"',
  ],
  [job({ scheme: 'ftp' }), 'JOB.scheme: unknown scheme "ftp"'],
  [
    job({ static_configs: [{ targets: ['http://a'] }] }),
    'JOB.static_configs.0.targets.0: "http://a" is not a valid hostname',
  ],
  [
    job({ scrape_protocols: ['Text'] }),
    'JOB.scrape_protocols.0: unknown scrape protocol Text, supported: [OpenMetricsText0.0.1 OpenMetricsText1.0.0 ' +
      'PrometheusProto PrometheusText0.0.4 PrometheusText1.0.0]',
  ],
  [
    job({ basic_auth: { username: 'u' }, bearer_token: 't' }),
    'JOB.bearer_token: at most one of basic_auth, authorization, oauth2 and bearer_token must be configured, not ' +
      'basic_auth and bearer_token',
  ],
  [
    job({ authorization: { type: 'Basic', credentials: 'x' } }),
    'JOB.authorization.type: authorization type cannot be set to "basic", use "basic_auth" instead',
  ],
  [
    job({ tls_config: { cert_file: 'x' } }),
    'JOB.tls_config: exactly one of key or key_file must be configured when a client certificate is configured',
  ],
  [job({ no_proxy: 'x' }), 'JOB.no_proxy: no_proxy is not supported: exceptions come from the environment'],
  [job({ http_headers: { Host: { values: ['x'] } } }), 'JOB.http_headers.Host: setting header "Host" is not allowed'],
  [job({ relabel_configs: [{ action: 'keeep' }] }), 'JOB.relabel_configs.0.action: unknown relabel action "keeep"'],
  [
    job({ relabel_configs: [{ regex: 'a)b', target_label: 'x' }] }),
    'JOB.relabel_configs.0.regex: error parsing regexp: unexpected ): `a)b`',
  ],
  [
    job({ metric_relabel_configs: [{ action: 'hashmod', target_label: 'x' }] }),
    'JOB.metric_relabel_configs.0.modulus: relabel configuration for hashmod requires non-zero modulus',
  ],
  [
    job({ relabel_configs: [{ action: 'labeldrop', regex: 'a', source_labels: ['b'] }] }),
    "JOB.relabel_configs.0.source_labels: labeldrop action requires only 'regex', and no other fields",
  ],
  [
    job({ file_sd_configs: [{ files: ['a.txt'] }] }),
    'JOB.file_sd_configs.0.files.0: path name "a.txt" is not valid for file discovery',
  ],
  [job({ http_sd_configs: [{ url: 'ftp://x' }] }), 'JOB.http_sd_configs.0.url: "ftp://x" is no URL of HTTP'],
  [
    job({ native_histogram_bucket_limit: 5 }),
    'JOB.native_histogram_bucket_limit: native_histogram_bucket_limit is not supported: ' +
      'buckets are passed on as they are',
  ],
  [
    { config: { scrape_configs: [{ job_name: 'j' }], remote_write: [{ url: 'x' }] } },
    'config.remote_write: remote_write is not supported: samples leave through exporters',
  ],
  [
    { ...job({}), target_allocator: { endpoint: 'http://x' } },
    'target_allocator: target_allocator is not supported: it does not exist here yet',
  ],
  [
    { ...job({}), api_server: { enabled: true } },
    'api_server: api_server is not supported: it does not exist here yet',
  ],
  [
    { ...job({}), use_start_time_metric: true },
    'use_start_time_metric: use_start_time_metric is not supported: the Collector has removed it',
  ],
])('%j', (given, fault) => {
  expect(faults(given)).toEqual([fault]);
});

test('every discovery that does not exist is refused by its name', () => {
  for (const name of missingDiscoveries) {
    expect(faults(job({ [name]: [{ role: 'pod' }] }))).toEqual([
      `JOB.${name}: ${name} is not supported: this discovery does not exist here yet`,
    ]);
    expect(faults(job({ [name]: [] }))).toEqual([]);
  }
});

test('the standard configuration loads, with what global gives to its jobs', () => {
  const parsed = config.parse({
    config: {
      global: { scrape_interval: '15s', evaluation_interval: '15s', sample_limit: 5, scrape_native_histograms: true },
      scrape_configs: [
        { job_name: 'otel-collector', scrape_interval: '10s', static_configs: [{ targets: ['0.0.0.0:8888'] }] },
        {
          job_name: 'b',
          sample_limit: 7,
          scrape_native_histograms: false,
          static_configs: [{ targets: ['b:1'], labels: { n: 1 } }],
        },
      ],
    },
  });
  const [first, second] = parsed.config.scrape_configs.map((each) => jobSettings(each, parsed.config.global, false));
  expect(first).toMatchObject({
    intervalMs: 10_000,
    timeoutMs: 10_000,
    nativeHistograms: true,
    limits: { samples: 5 },
  });
  expect(first?.accept).toMatch(/^application\/vnd\.google\.protobuf;.*;q=0\.6,application\/openmetrics-text;/);
  expect(second).toMatchObject({
    intervalMs: 15_000,
    timeoutMs: 10_000,
    nativeHistograms: false,
    limits: { samples: 7 },
  });
  expect(second?.config.static_configs[0]?.labels).toEqual({ n: '1' });
});

test('jobs may stand in files', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-jobs-'));
  const target = await ScrapeTarget.start('a 1\n');
  const file = path.join(folder, 'jobs.yml');
  await writeFile(
    file,
    `scrape_configs:\n  - job_name: file\n    static_configs: [{targets: ['${target.address}']}]\n`,
  );
  const world = await new ScrapeWorld().start({ config: { scrape_config_files: [`${folder}/*.yml`] } });
  const points = await world.pass(1, 1);
  expect(about(points)['up']).toBe(1);
  expect(points[0]?.resource['service.name']).toBe('file');
  await world.stop();
  await writeFile(file, 'scrape_configs:\n  - job_nam: file\n');
  await expect(new ScrapeWorld().start({ config: { scrape_config_files: [file] } })).rejects.toMatchObject({
    message: expect.stringContaining('job_nam'),
    path: ['config', 'scrape_config_files', 0],
  });
  await target.stop();
  await rm(folder, { recursive: true });
});
