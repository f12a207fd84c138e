import type { Config } from '../config.js';
import type { ConfigFault } from '../config-fault.js';
import { readServiceName } from './service-name.js';

/** The fault of the resolver, in the Collector's words; undefined: none. */
export function resolverFault({ resolver }: Pick<Config, 'resolver'>): ConfigFault | undefined {
  const { static: fixed, dns, k8s, aws_cloud_map: aws } = resolver;
  const named = Object.entries(resolver).flatMap(([name, options]) => (options === undefined ? [] : [name]));
  const below = (...path: string[]): string[] => ['resolver', ...path];
  if (named.length === 0)
    return {
      message: 'no resolvers specified for the exporter',
      path: [],
      hint: 'Add one: `resolver: {static: {hostnames: [...]}}` or `resolver: {dns: {hostname: ...}}`.',
    };
  if (named.length > 1)
    return {
      message: 'only one resolver should be specified',
      path: ['resolver'],
      hint: `Keep one of ${named.join(', ')}.`,
    };
  if (fixed?.hostnames.length === 0)
    return {
      message: 'no endpoints specified for the static resolver',
      path: below('static'),
      hint: 'Give the backends: `hostnames: [backend-1:4317, backend-2:4317]`.',
    };
  if (dns?.hostname === '')
    return {
      message: 'no hostname specified to resolve the backends',
      path: below('dns'),
      hint: 'Give the name whose addresses are the backends: `hostname: ...`.',
    };
  if (k8s?.service === '')
    return {
      message: 'no service specified to resolve the backends',
      path: below('k8s'),
      hint: 'Give the service whose endpoints are the backends: `service: gateway.observability`.',
    };
  if (k8s && !readServiceName(k8s.service))
    return {
      message: `${JSON.stringify(k8s.service)} is no name of a service`,
      path: below('k8s', 'service'),
      hint: 'Write `name`, `name.namespace` or `name.namespace.svc.cluster.local`.',
    };
  const port = k8s?.ports.findIndex((each) => each < 1 || each > 65_535) ?? -1;
  if (port >= 0)
    return {
      message: `invalid port ${k8s?.ports[port]}`,
      path: below('k8s', 'ports', String(port)),
      hint: 'Give numbers from 1 to 65535.',
    };
  if (aws?.namespace === '')
    return {
      message: 'no Cloud Map namespace specified to resolve the backends',
      path: below('aws_cloud_map'),
      hint: 'Give the name of the namespace: `namespace: fleet`.',
    };
  if (aws?.service_name === '')
    return {
      message: 'no Cloud Map service_name specified to resolve the backends',
      path: below('aws_cloud_map'),
      hint: 'Give the name of the service: `service_name: tier-2`.',
    };
  return undefined;
}
