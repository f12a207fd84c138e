import { choice, duration, flag, group, list, text, type Schema } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { apiShape, warnOfApiLimits, type ApiConfig } from '../../kubernetes/access/options.js';
import { patternFault } from '../../pattern/pattern.js';
import { checkPodOptions } from './config-fault.js';
import { defaultMetadata } from './extract/metadata-names.js';
import { contradiction, lostName, nameFormsOf } from './extract/naming.js';

/** The objects that labels and annotations are taken from. */
export const tagSources = ['pod', 'namespace', 'node', 'deployment', 'statefulset', 'daemonset', 'job'] as const;
export type TagSource = (typeof tagSources)[number];

/** Labels or annotations that become attributes. */
export interface TagConfig {
  readonly tag_name: string;
  readonly key: string;
  readonly key_regex: string;
  readonly from: TagSource;
}

export interface FieldFilter {
  readonly key: string;
  readonly value: string;
  readonly op: string;
}

export interface SourceConfig {
  readonly from: 'connection' | 'resource_attribute';
  readonly name: string;
}

export interface AssociationConfig {
  readonly sources: readonly SourceConfig[];
}

/** Options of the processor (docs/spec/agent.md#k8s-attributes). Times in milliseconds. */
export interface Config extends ApiConfig {
  readonly passthrough: boolean;
  readonly wait_for_metadata: boolean;
  readonly wait_for_metadata_timeout: number;
  readonly watch_sync_period: number;
  readonly pod_delete_grace_period: number;
  readonly filter: {
    readonly node: string;
    readonly node_from_env_var: string;
    readonly namespace: string;
    readonly labels: readonly FieldFilter[];
    readonly fields: readonly FieldFilter[];
  };
  readonly extract: {
    readonly metadata: readonly string[];
    readonly labels: readonly TagConfig[];
    readonly annotations: readonly TagConfig[];
    readonly otel_annotations: boolean;
    readonly deployment_name_from_replicaset: boolean;
  };
  readonly exclude: { readonly pods: readonly { readonly name: string }[] };
  readonly pod_association: readonly AssociationConfig[];
}

const notNegative = (ms: number): string | undefined => (ms < 0 ? 'must not be negative' : undefined);

const pattern = (value: string): string | undefined => (value === '' ? undefined : patternFault(value));

const tags = (what: string, one: string): Schema<readonly TagConfig[]> =>
  list(
    group<TagConfig>({
      tag_name: text('', { about: `Name of the attribute; by default \`k8s.<from>.${one}.<key>\`.` }),
      key: text('', { about: 'The key, exactly.' }),
      key_regex: text('', { about: 'All keys that match as a whole; `tag_name` may use `$1`.' }, pattern),
      from: choice(tagSources, 'pod', { about: 'The object that has it.' }),
    }),
    [],
    { about: `The ${what} that become attributes.` },
  );

const filters = (about: string): Schema<readonly FieldFilter[]> =>
  list(
    group<FieldFilter>({
      key: text('', { about: 'Label or field that is compared.' }),
      value: text('', { about: 'Value that it is compared with.' }),
      op: text('equals', { about: '`equals` or `not-equals`; for labels also `exists` and `does-not-exist`.' }),
    }),
    [],
    { about },
  );

const options: Schema<Config> = group<Config>(
  {
    ...apiShape,
    passthrough: flag(false, {
      about: "Only set `k8s.pod.ip` to the sender's address, and read no API: a gateway behind does the rest.",
    }),
    wait_for_metadata: flag(false, { about: 'Start only when all objects have been read.' }),
    wait_for_metadata_timeout: duration('10s', { about: 'How long; then the start fails.' }, notNegative),
    watch_sync_period: duration('5m', { about: 'How often everything is listed anew; 0 never.' }, notNegative),
    pod_delete_grace_period: duration('2m', { about: 'How long a pod that is gone is still known.' }, notNegative),
    filter: group({
      node: text('', { about: 'Only pods of this node: for an agent on each node.' }),
      node_from_env_var: text('', { about: 'The variable that holds the name of the node.' }),
      namespace: text('', { about: 'Only objects of this namespace.' }),
      labels: filters('Only pods with these labels.'),
      fields: filters('Only pods with these fields, such as `status.phase`.'),
    }),
    extract: group({
      metadata: inUse(
        list(text(), defaultMetadata, { about: 'The attributes to set.' }),
        (metadata, { warnHere, gates }) => {
          const lost = lostName(metadata, nameFormsOf(gates) ?? { older: true, newer: true });
          if (lost) warnHere(`the feature gates leave ${lost.name} out`, `Name ${lost.instead} in its place.`);
        },
      ),
      labels: tags('labels', 'label'),
      annotations: tags('annotations', 'annotation'),
      otel_annotations: flag(false, {
        about: 'Take `resource.opentelemetry.io/NAME` of the pod as the attribute `NAME`.',
      }),
      deployment_name_from_replicaset: flag(true, {
        about: "Take the name of the deployment from the ReplicaSet's, without reading ReplicaSets.",
      }),
    }),
    exclude: group({
      pods: list(
        group({ name: text('', { about: 'Pods whose name matches.' }, pattern) }),
        [{ name: 'jaeger-agent' }, { name: 'jaeger-collector' }],
        { about: 'Pods that are not looked at.' },
      ),
    }),
    pod_association: list(
      group<AssociationConfig>({
        sources: list(
          group<SourceConfig>({
            from: choice(['connection', 'resource_attribute'], 'resource_attribute', {
              about: "The sender's address, or an attribute of the resource.",
            }),
            name: text('', { about: 'Of the attribute.' }),
          }),
          [],
          { about: 'All of these must agree; up to four.' },
        ),
      }),
      [],
      { about: 'How the pod of a resource is found; the first whose sources are all there decides.' },
    ),
  },
  checkPodOptions,
);

export const config: Schema<Config> = inUse(options, (value, { report, warn, env, gates }) => {
  const { passthrough, filter } = value;
  if (!nameFormsOf(gates)) report(contradiction, [], undefined, 'Start with both feature gates, or with neither.');
  const { node_from_env_var: variable } = filter;
  if (!passthrough && variable !== '' && (env[variable] ?? '') === '')
    warn(
      `The environment has no ${variable}: the pods of all nodes are read. Set it in the pod: ` +
        '`valueFrom: {fieldRef: {fieldPath: spec.nodeName}}`',
    );
  warnOfApiLimits(value, warn);
});
