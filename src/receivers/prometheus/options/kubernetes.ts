import { flag, group, list, text, type Report, type Schema } from '../../../component/schema/schema.js';
import { shownNoUrl } from '../../../component/shown-url.js';
import { checkPromHttp, promHttpShape, type PromHttp } from './http.js';
import { fieldSelectorFault, labelSelectorFault } from './selector.js';

/** The kinds of objects that targets are made of. */
export const sdRoles = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'] as const;
export type SdRole = (typeof sdRoles)[number];

export interface SelectorConfig {
  readonly role: string;
  readonly label: string;
  readonly field: string;
}

/** A Kubernetes discovery as it is written. */
export interface KubernetesSdOptions extends PromHttp {
  readonly api_server: string;
  readonly role: string;
  readonly kubeconfig_file: string;
  readonly namespaces: { readonly own_namespace: boolean; readonly names: readonly string[] };
  readonly selectors: readonly SelectorConfig[];
  readonly attach_metadata: {
    readonly node: boolean;
    readonly namespace: boolean;
    readonly deployment: boolean;
    readonly job: boolean;
    readonly cronjob: boolean;
  };
}

/** One that is checked. */
export interface KubernetesSdConfig extends KubernetesSdOptions {
  readonly role: SdRole;
}

const roleNames = sdRoles.join(', ');

/** The options of `kubernetes_sd_configs`. */
export function kubernetesSdConfigs(): Schema<readonly KubernetesSdOptions[]> {
  return list(
    group<KubernetesSdOptions>(
      {
        api_server: text('', { about: 'URL of the API server; empty: that of the cluster this program runs in.' }),
        role: text('', { about: `Kind of object that targets are made of: ${roleNames}.` }),
        kubeconfig_file: text('', { about: 'Reach the API server as this kubeconfig says.' }),
        namespaces: group<KubernetesSdOptions['namespaces']>({
          own_namespace: flag(false, { about: 'The namespace that this program runs in.' }),
          names: list(text(), [], { about: 'These namespaces; all when there are none.' }),
        }),
        selectors: list(
          group<SelectorConfig>({
            role: text('', { about: 'The objects that the selectors are for.' }),
            label: text('', { about: 'Labels in the syntax of the API: `app=web,tier!=db`.' }, labelSelectorFault),
            field: text('', { about: 'Fields in the syntax of the API: `spec.nodeName=n1`.' }, fieldSelectorFault),
          }),
          [],
          { about: 'Leave out objects before they are read.' },
        ),
        attach_metadata: group<KubernetesSdOptions['attach_metadata']>({
          node: flag(false, { about: 'Name, labels and annotations of the node, for pods and endpoints.' }),
          namespace: flag(false, { about: 'Labels and annotations of the namespace.' }),
          deployment: flag(false, { about: 'Name of the Deployment of a pod; reads ReplicaSets.' }),
          job: flag(false, { about: 'Name of the Job of a pod; reads Jobs.' }),
          cronjob: flag(false, { about: 'Name of the CronJob of a pod; reads Jobs.' }),
        }),
        ...promHttpShape(),
      },
      checkKubernetesSd,
    ),
    [],
    { about: 'Targets from a Kubernetes cluster, as its objects change.' },
  );
}

/** The roles that a role may have selectors for. */
const selectable: Readonly<Record<SdRole, readonly string[]>> = {
  pod: ['pod', 'node'],
  service: ['service'],
  endpointslice: ['pod', 'service', 'endpointslice'],
  endpoints: ['pod', 'service', 'endpoints'],
  node: ['node'],
  ingress: ['ingress'],
};

export function isKubernetesSdConfig(config: KubernetesSdOptions): config is KubernetesSdConfig {
  return (sdRoles as readonly string[]).includes(config.role);
}

function checkKubernetesSd(config: KubernetesSdOptions, report: Report): void {
  checkPromHttp(config, report);
  checkPlace(config, report);
  if (config.role === '') report('role missing (one of: pod, service, endpoints, endpointslice, node, ingress)');
  else if (isKubernetesSdConfig(config)) checkSelectors(config, report);
  else report(`unknown Kubernetes SD role ${JSON.stringify(config.role)}`, ['role'], undefined, `Known: ${roleNames}.`);
}

function checkPlace(config: KubernetesSdOptions, report: Report): void {
  const { api_server: server, kubeconfig_file: file, namespaces } = config;
  if (server !== '' && (!/^https?:\/\//i.test(server) || !URL.canParse(server)))
    report(
      `${JSON.stringify(shownNoUrl(server))} is no URL of HTTP`,
      ['api_server'],
      undefined,
      'Write https://host:port.',
    );
  if (server !== '' && file !== '')
    report("cannot use 'kubeconfig_file' and 'api_server' simultaneously", ['kubeconfig_file']);
  else if (file !== '' && hasHttpOptions(config))
    report("cannot use a custom HTTP client configuration together with 'kubeconfig_file'", ['kubeconfig_file']);
  else if (server === '' && hasHttpOptions(config))
    report("to use custom HTTP client configuration please provide the 'api_server' URL explicitly");
  for (const name of ['api_server', 'kubeconfig_file'] as const)
    if (config[name] !== '' && namespaces.own_namespace)
      report(`cannot use '${name}' and 'namespaces.own_namespace' simultaneously`, ['namespaces', 'own_namespace']);
}

const httpOptions = group<PromHttp>(promHttpShape());

function hasHttpOptions(config: KubernetesSdOptions): boolean {
  const defaults = httpOptions.parse({});
  return Object.entries(defaults).some(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(config[name as keyof PromHttp]),
  );
}

function checkSelectors({ role, selectors }: KubernetesSdConfig, report: Report): void {
  for (const [i, { role: selected }] of selectors.entries()) {
    if (selectors.findIndex((each) => each.role === selected) < i)
      report(`duplicated selector role: ${selected}`, ['selectors', i, 'role']);
    if (!selectable[role].includes(selected))
      report(`${role} role supports only ${selectable[role].join(', ')} selectors`, ['selectors', i, 'role']);
  }
}
