import { apiList, apiText, apiValue, type ApiJson } from '../../../../kubernetes/json.js';
import { addObject, metaName, setMeta, type FoundTargets, type MetaLabels } from './meta-labels.js';
import type { Neighbours } from './neighbours.js';
import { metaOf, type MetaObject } from './objects.js';

export interface Ingress extends MetaObject {
  readonly className: string | undefined;
  readonly tlsHosts: readonly string[];
  readonly rules: readonly { readonly host: string; readonly paths: readonly string[] }[];
}

export function ingressOf(object: ApiJson): Ingress {
  return {
    meta: metaOf(object),
    className: apiText(object, 'spec', 'ingressClassName'),
    tlsHosts: apiList(object, 'spec', 'tls').flatMap((each) =>
      apiList(each, 'hosts').filter((host) => typeof host === 'string'),
    ),
    rules: apiList(object, 'spec', 'rules').map((rule) => ({
      host: apiText(rule, 'host') ?? '',
      paths:
        (apiValue(rule, 'http') ?? undefined) === undefined
          ? ['/']
          : apiList(rule, 'http', 'paths').map((each) => apiText(each, 'path') || '/'),
    })),
  };
}

/** Each path of each rule of an ingress. */
export function targetsOfIngress(ingress: Ingress, neighbours: Neighbours): FoundTargets {
  const { meta, className, tlsHosts, rules } = ingress;
  const labels: MetaLabels = {};
  labels[metaName('namespace')] = meta.namespace;
  setMeta(labels, { ingress_class_name: className });
  addObject(labels, 'ingress', meta);
  neighbours.addNamespace(labels, meta.namespace);
  const targets = rules.flatMap(({ host, paths }) => {
    const secure = tlsHosts.some((pattern) => isHostOf(pattern, host));
    return paths.map((path) => {
      const own: MetaLabels = {};
      setMeta(own, { ingress_scheme: secure ? 'https' : 'http', ingress_host: host, ingress_path: path });
      return { address: host, labels: own };
    });
  });
  return { labels, targets };
}

/** Whether `host` is named by `pattern`, whose first part may be `*`. */
function isHostOf(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [first, ...rest] = pattern.split('.');
  return first === '*' && rest.join('.') === host.split('.').slice(1).join('.');
}
