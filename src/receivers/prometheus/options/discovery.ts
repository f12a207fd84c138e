import { any, group, list, map, scalar, text, type Report, type Schema } from '../../../component/schema/schema.js';
import { shownNoUrl } from '../../../component/shown-url.js';
import { promDurationOption, refuseOption } from './common.js';
import { checkPromHttp, promHttpShape, type PromHttp } from './http.js';
import { kubernetesSdConfigs, type KubernetesSdOptions } from './kubernetes.js';

export interface StaticConfig {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface FileSdConfig {
  readonly files: readonly string[];
  readonly refresh_interval: string;
}

export interface HttpSdConfig extends PromHttp {
  readonly url: string;
  readonly refresh_interval: string;
}

/** Discoveries that Prometheus has and this receiver does not have yet. */
export const missingDiscoveries = [
  'azure_sd_configs',
  'consul_sd_configs',
  'digitalocean_sd_configs',
  'dns_sd_configs',
  'docker_sd_configs',
  'dockerswarm_sd_configs',
  'ec2_sd_configs',
  'eureka_sd_configs',
  'gce_sd_configs',
  'hetzner_sd_configs',
  'ionos_sd_configs',
  'kuma_sd_configs',
  'lightsail_sd_configs',
  'linode_sd_configs',
  'marathon_sd_configs',
  'nerve_sd_configs',
  'nomad_sd_configs',
  'openstack_sd_configs',
  'ovhcloud_sd_configs',
  'puppetdb_sd_configs',
  'scaleway_sd_configs',
  'serverset_sd_configs',
  'stackit_sd_configs',
  'triton_sd_configs',
  'uyuni_sd_configs',
  'vultr_sd_configs',
] as const;
type Missing = { readonly [K in (typeof missingDiscoveries)[number]]: unknown };

export interface DiscoveryConfigs extends Missing {
  readonly static_configs: readonly StaticConfig[];
  readonly file_sd_configs: readonly FileSdConfig[];
  readonly http_sd_configs: readonly HttpSdConfig[];
  readonly kubernetes_sd_configs: readonly KubernetesSdOptions[];
}

/** Says why a text is no address of a target; undefined: it is one. */
export function addressFault(address: string): string | undefined {
  return address.includes('/') ? `${JSON.stringify(address)} is not a valid hostname` : undefined;
}

export function discoveryShape(): { readonly [K in keyof DiscoveryConfigs]-?: Schema<DiscoveryConfigs[K]> } {
  const missing = Object.fromEntries(
    missingDiscoveries.map((name) => [name, any({ about: 'Not supported yet.' })]),
  ) as { [K in keyof Missing]: Schema<unknown> };
  return {
    static_configs: list(
      group<StaticConfig>({
        targets: list(scalar('', undefined, addressFault), [], { about: '`host:port` of each target.' }),
        labels: map(scalar(), { about: 'Labels of these targets.' }),
      }),
      [],
      { about: 'Targets that are written here.' },
    ),
    file_sd_configs: list(
      group<FileSdConfig>(
        {
          files: list(text(), [], { about: 'Files `.json`, `.yml` or `.yaml`; `*` in the last part of a path.' }),
          refresh_interval: promDurationOption('5m', { about: 'How often they are read, changed or not.' }),
        },
        checkFiles,
      ),
      [],
      { about: 'Targets from files, which are read as soon as they change.' },
    ),
    http_sd_configs: list(
      group<HttpSdConfig>(
        {
          url: text('', { about: 'Answers with a list of targets in JSON.' }),
          refresh_interval: promDurationOption('1m', { about: 'How often it is asked.' }),
          ...promHttpShape(),
        },
        checkHttpSd,
      ),
      [],
      { about: 'Targets from HTTP endpoints.' },
    ),
    kubernetes_sd_configs: kubernetesSdConfigs(),
    ...missing,
  };
}

export function checkDiscoveries(configs: DiscoveryConfigs, report: Report): void {
  for (const name of missingDiscoveries) {
    const value = configs[name];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    refuseOption(
      report,
      [name],
      'this discovery does not exist here yet',
      'Use static_configs, file_sd_configs, http_sd_configs or kubernetes_sd_configs.',
    );
  }
}

const filePattern = /^[^*]*(?:\*[^/*]*)?\.(?:json|yml|yaml|JSON|YML|YAML)$/;

function checkFiles({ files }: FileSdConfig, report: Report): void {
  if (files.length === 0) report('file service discovery config must contain at least one path name', ['files']);
  for (const [i, file] of files.entries())
    if (!filePattern.test(file))
      report(
        `path name ${JSON.stringify(file)} is not valid for file discovery`,
        ['files', i],
        undefined,
        'Use a file .json, .yml or .yaml, with at most one * in its last part.',
      );
}

function checkHttpSd(config: HttpSdConfig, report: Report): void {
  if (config.url === '') report('URL is missing', ['url']);
  else if (!/^https?:\/\//i.test(config.url) || !URL.canParse(config.url))
    report(
      `${JSON.stringify(shownNoUrl(config.url))} is no URL of HTTP`,
      ['url'],
      undefined,
      "URL scheme must be 'http' or 'https'",
    );
  checkPromHttp(config, report);
}
