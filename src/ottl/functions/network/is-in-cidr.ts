import { converter, type Converter } from '../../function.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { list, string } from '../../parameters.js';
import { addressBytes, contains, cidrNetwork, type Network } from './ip-address.js';

/** Whether an address lies in one of some networks; a text that is no address lies in none. */
export const isInCidr: Converter = converter('IsInCIDR', { target: string(), networks: list(string()) }, (args) => {
  const networks = args.networks.map(({ constant, get }) => {
    if (constant === undefined) return (scene: Parameters<typeof get>[0]) => parsed(get(scene));
    const network = cidrNetwork(constant.value);
    if (network === undefined) throw new StatementError(`invalid CIDR address: ${constant.value}`);
    return () => network;
  });
  return (scene) => {
    const address = addressBytes(args.target.get(scene));
    return address !== undefined && networks.some((network) => contains(network(scene), address));
  };
});

function parsed(text: string): Network {
  const network = cidrNetwork(text);
  if (network === undefined) throw new OttlError(`invalid CIDR address: ${text.slice(0, 100)}`);
  return network;
}
