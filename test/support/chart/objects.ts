import type { TemplateMap } from './template-functions.js';

/** A workload as far as tests look at it. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: PodSpec };
  };
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly containers: readonly [Container];
  readonly volumes: readonly Volume[];
}

export interface Volume {
  readonly name: string;
  /** A folder of the node. */
  readonly hostPath?: { readonly path: string };
  readonly configMap?: {
    readonly name: string;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  };
}

export interface Container {
  readonly args: readonly string[];
  readonly securityContext: Readonly<Record<string, unknown>> & {
    readonly capabilities?: { readonly add?: readonly string[] };
  };
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly {
    readonly name: string;
    readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly lifecycle?: { readonly preStop?: { readonly exec: { readonly command: readonly string[] } } };
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly startupProbe: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

export interface Probe {
  readonly httpGet: { readonly port: number; readonly path: string };
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** All of a kind. */
export function ofKind(objects: readonly TemplateMap[], kind: string): TemplateMap[] {
  return objects.filter((object) => object['kind'] === kind);
}

export function workloadsOf(objects: readonly TemplateMap[]): Workload[] {
  return ['Deployment', 'StatefulSet', 'DaemonSet'].flatMap((kind) => ofKind(objects, kind)) as unknown as Workload[];
}

/** The text below `key` in a ConfigMap. */
export function configOf(objects: readonly TemplateMap[], name: string, key = 'relay'): string {
  for (const object of ofKind(objects, 'ConfigMap')) {
    const { metadata, data } = object as unknown as {
      metadata: { name: string };
      data: Readonly<Record<string, string>>;
    };
    if (metadata.name === name) return data[key] ?? '';
  }
  throw new Error(`no ConfigMap ${name}`);
}

/** The rules that the chart gives a service account, as `verb resource`, with the namespace that they hold in. */
export function rightsOf(objects: readonly TemplateMap[], workload: string): string[] {
  return ['ClusterRole', 'Role'].flatMap((kind) =>
    ofKind(objects, kind).flatMap((object) => {
      const { metadata, rules } = object as unknown as {
        metadata: { name: string; namespace?: string };
        rules: readonly Rule[];
      };
      if (!metadata.name.endsWith(`-${workload}`)) return [];
      const where = metadata.namespace === undefined ? '' : ` in ${metadata.namespace}`;
      return rules.map(
        ({ apiGroups: [group = ''], resources, verbs, resourceNames = [] }) =>
          [verbs.join(), group, resources.join(), ...resourceNames].filter((each) => each !== '').join(' ') + where,
      );
    }),
  );
}

interface Binding {
  readonly metadata: { readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

interface Role {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

/** What RBAC grants to the account of a workload, by its bindings, as `KubernetesApi` reads it. */
export function grantsOf(objects: readonly TemplateMap[], { metadata, spec }: Workload): Set<string> {
  const { serviceAccountName } = spec.template.spec;
  const granted = new Set<string>();
  for (const kind of ['ClusterRole', 'Role'])
    for (const binding of ofKind(objects, `${kind}Binding`) as unknown as Binding[]) {
      const { namespace } = binding.metadata;
      const isBound = binding.subjects.some(
        (each) =>
          each.kind === 'ServiceAccount' && each.name === serviceAccountName && each.namespace === metadata.namespace,
      );
      const roles = ofKind(objects, kind) as unknown as Role[];
      const bound = isBound
        ? roles.filter((role) => role.metadata.name === binding.roleRef.name && role.metadata.namespace === namespace)
        : [];
      for (const { apiGroups, resources, verbs, resourceNames = [''] } of bound.flatMap(({ rules }) => rules))
        for (const verb of verbs)
          for (const group of apiGroups)
            for (const resource of resources)
              for (const name of resourceNames)
                granted.add(
                  `${verb} ${group}/${resource}` +
                    (namespace === undefined ? '' : ` in ${namespace}`) +
                    (name === '' ? '' : ` of ${name}`),
                );
    }
  return granted;
}
