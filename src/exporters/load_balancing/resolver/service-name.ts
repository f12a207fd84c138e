/** A service of Kubernetes. */
export interface ServiceName {
  readonly service: string;
  /** Undefined: that of the pod this program runs in. */
  readonly namespace: string | undefined;
}

/** Reads `service`, `service.namespace`, or either with `.svc` and the domain of the cluster behind it. */
export function readServiceName(text: string): ServiceName | undefined {
  const [service = '', namespace, svc] = text.split('.');
  const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
  if (!label.test(service) || (namespace !== undefined && !label.test(namespace))) return undefined;
  return svc === undefined || svc === 'svc' ? { service, namespace } : undefined;
}
