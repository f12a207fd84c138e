import { group, type Schema } from '../../component/schema/schema.js';
import { recordShape, type RecordConfig } from '../../inputs/record-options.js';
import { checkUdp, udpShape, type UdpInputConfig } from '../../inputs/udp/udp-options.js';

export interface Config extends UdpInputConfig, RecordConfig {}

export const config: Schema<Config> = group<Config>(
  {
    ...udpShape('0.0.0.0:5515'),
    ...recordShape('Accepted: nothing has to be kept.'),
  },
  checkUdp,
);
