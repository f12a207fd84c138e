import { ConfigValueError } from '../../../component/config-value-error.js';
import type { SignalContext } from '../../../component/define.js';
import type { Config } from '../config.js';
import { DnsResolver } from './dns.js';
import type { Resolver } from './resolver.js';
import { StaticResolver } from './static.js';

/** The one resolver that is configured. Throws what is wrong with it, in the Collector's words. */
export function resolverOf({ resolver }: Config, context: SignalContext): Resolver {
  const named = Object.entries(resolver).filter(([, value]) => value !== undefined);
  if (named.length === 0)
    throw new ConfigValueError(
      'no resolvers specified for the exporter',
      [],
      'Add one: `resolver: {static: {hostnames: [...]}}` or `resolver: {dns: {hostname: ...}}`.',
    );
  if (named.length > 1)
    throw new ConfigValueError(
      'only one resolver should be specified',
      ['resolver'],
      `Keep one of ${named.map(([name]) => name).join(', ')}.`,
    );
  if (resolver.dns?.hostname === '')
    throw new ConfigValueError('no hostname specified to resolve the backends', ['resolver', 'dns']);
  if (resolver.k8s?.service === '')
    throw new ConfigValueError('no service specified to resolve the backends', ['resolver', 'k8s']);
  if (resolver.aws_cloud_map?.namespace === '')
    throw new ConfigValueError('no Cloud Map namespace specified to resolve the backends', [
      'resolver',
      'aws_cloud_map',
    ]);
  if (resolver.aws_cloud_map?.service_name === '')
    throw new ConfigValueError('no Cloud Map service_name specified to resolve the backends', [
      'resolver',
      'aws_cloud_map',
    ]);
  if (resolver.static) {
    if (resolver.static.hostnames.length === 0)
      throw new ConfigValueError('no endpoints specified for the static resolver', ['resolver', 'static']);
    return new StaticResolver(resolver.static.hostnames, context);
  }
  if (resolver.dns) return new DnsResolver(resolver.dns, context);
  const [[name] = ['']] = named;
  throw new ConfigValueError(`resolver ${name} is not supported yet; use static or dns`, ['resolver', name]);
}
