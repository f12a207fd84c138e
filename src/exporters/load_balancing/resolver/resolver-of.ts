import type { SignalContext } from '../../../component/define.js';
import type { Config } from '../config.js';
import { DnsResolver } from './dns.js';
import { K8sResolver } from './k8s.js';
import { resolverFault } from './resolver-fault.js';
import type { Resolver } from './resolver.js';
import { StaticResolver } from './static.js';

/** The one resolver that is configured. */
export function resolverOf({ resolver }: Config, context: SignalContext): Resolver {
  if (resolver.static) return new StaticResolver(resolver.static.hostnames, context);
  if (resolver.dns) return new DnsResolver(resolver.dns, context);
  if (resolver.k8s) return new K8sResolver(resolver.k8s, context);
  throw new Error(resolverFault({ resolver })?.message);
}
