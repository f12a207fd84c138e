import * as podMonitors from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as scaledObjects from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as rbac from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import * as core from 'kubernetes-models/v1';

interface Model {
  /** Throws with the places of all faults. */
  validate(): void;
}

const groups: Readonly<Record<string, object>> = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'keda.sh/v1alpha1': scaledObjects,
  'monitoring.coreos.com/v1': podMonitors,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
  'rbac.authorization.k8s.io/v1': rbac,
};

/**
 * The faults of an object by the published schema of its kind, and the fields that the schema does not have: those that
 * its check never asks for.
 */
export function schemaFaults(object: Readonly<Record<string, unknown>>): string[] {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const group = groups[apiVersion] as Readonly<Record<string, new (data: object) => Model>> | undefined;
  const Kind = group?.[kind];
  if (!Kind) return [`there is no ${apiVersion} ${kind}`];
  const asked = new Map<object, Set<string>>();
  try {
    new Kind(watched(object, asked)).validate();
  } catch (error) {
    return [`${kind}: ${(error as Error).message}`];
  }
  return unasked(object, asked).map((path) => `${kind}: no field ${path}`);
}

function watched<T extends object>(value: T, asked: Map<object, Set<string>>): T {
  const keys = new Set<string>();
  asked.set(value, keys);
  const inside = new Map<string, object>();
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (typeof key !== 'string') return found;
      keys.add(key);
      if (typeof found !== 'object' || found === null) return found;
      let proxy = inside.get(key);
      if (!proxy) inside.set(key, (proxy = watched(found, asked)));
      return proxy;
    },
  });
}

function unasked(value: object, asked: ReadonlyMap<object, ReadonlySet<string>>, path = ''): string[] {
  const keys = asked.get(value);
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const here = path === '' ? key : `${path}.${key}`;
    if (!keys?.has(key)) return [here];
    return typeof inner === 'object' && inner !== null ? unasked(inner, asked, here) : [];
  });
}
