import type { SignalContext } from '../../../component/define.js';
import type { Config } from '../config.js';
import { DnsResolver } from './dns.js';
import type { Resolver } from './resolver.js';
import { StaticResolver } from './static.js';

/** The one resolver that is configured. Throws what is wrong with it, in the Collector's words. */
export function resolverOf({ resolver }: Config, context: SignalContext): Resolver {
  const named = Object.entries(resolver).filter(([, value]) => value !== undefined);
  if (named.length === 0) throw new Error('no resolvers specified for the exporter');
  if (named.length > 1) throw new Error('only one resolver should be specified');
  if (resolver.dns?.hostname === '') throw new Error('no hostname specified to resolve the backends');
  if (resolver.k8s?.service === '') throw new Error('no service specified to resolve the backends');
  if (resolver.aws_cloud_map?.namespace === '') throw new Error('no Cloud Map namespace specified to resolve the backends');
  if (resolver.aws_cloud_map?.service_name === '') throw new Error('no Cloud Map service_name specified to resolve the backends');
  if (resolver.static) {
    if (resolver.static.hostnames.length === 0) throw new Error('no endpoints specified for the static resolver');
    return new StaticResolver(resolver.static.hostnames, context);
  }
  if (resolver.dns) return new DnsResolver(resolver.dns, context);
  throw new Error(`resolver ${named[0]?.[0]} is not supported yet; use static or dns`);
}
