import type { Tier } from '../model/deployment.js';
import type { KubernetesService, Workload } from './workload.js';

/** Whether a name leads to a tier: that of a Service, of a pod behind one, or of the tier itself. */
export function hostMatches(tier: Tier, host: string): boolean {
  if (tier.workload && serviceOf(tier.workload, host)) return true;
  const [label = ''] = host.split('.');
  const { name } = tier;
  return (
    label === name || (label.startsWith(`${name}-`) && /^-(?:headless|collector|\d+)$/.test(label.slice(name.length)))
  );
}

/** The Service of a workload that goes by a name. */
export function serviceOf({ services }: Workload, host: string): KubernetesService | undefined {
  return services.find(({ name, namespace }) => {
    const full = `${name}.${namespace}.svc.`;
    // A pod of a StatefulSet has a name before that of its Service.
    return host === name || `${full}cluster.local`.startsWith(`${host}.`) || `.${host}.`.includes(`.${full}`);
  });
}

/** The port of the container that a port of its Service leads to. */
export function portOfService(tier: Tier, host: string | undefined, port: number | undefined): number | undefined {
  const { workload } = tier;
  const service = workload && host !== undefined ? serviceOf(workload, host) : undefined;
  // A headless name has the addresses of the pods themselves.
  if (!workload || !service || service.isHeadless) return port;
  const found = service.ports.find((each) => each.port === port);
  if (found === undefined) return port;
  return typeof found.target === 'string' ? portNamed(workload, found.target) : (found.target ?? port);
}

/** The port of a container by its name, or by its number as text. */
export function portNamed({ container }: Workload, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const ports = container?.at('ports').items() ?? [];
  return ports
    .find((port) => port.at('name').textOr('') === name)
    ?.at('containerPort')
    .numberOr(undefined);
}
