import type { SignalContext } from '../../../component/define.js';
import type { Config } from '../config.js';
import { CloudMapSource } from './cloud-map.js';
import { DnsSource } from './dns.js';
import { K8sResolver } from './k8s.js';
import { PolledResolver } from './polled.js';
import { resolverFault } from './resolver-fault.js';
import type { Resolver } from './resolver.js';
import { StaticResolver } from './static.js';

/** The one resolver that is configured. */
export function resolverOf({ resolver }: Config, context: SignalContext): Resolver {
  if (resolver.static) return new StaticResolver(resolver.static.hostnames, context);
  if (resolver.dns) return new PolledResolver(new DnsSource(resolver.dns, context.clock), context);
  if (resolver.k8s) return new K8sResolver(resolver.k8s, context);
  if (resolver.aws_cloud_map) return new PolledResolver(new CloudMapSource(resolver.aws_cloud_map, context), context);
  throw new Error(resolverFault({ resolver })?.message);
}
