import { group, type Schema } from '../../component/schema/schema.js';
import { recordShape, type RecordConfig } from '../../inputs/record-options.js';
import { checkTcp, tcpShape, type TcpInputConfig } from '../../inputs/tcp/tcp-options.js';

export interface Config extends TcpInputConfig, RecordConfig {}

export const config: Schema<Config> = group<Config>(
  {
    ...tcpShape('0.0.0.0:5515'),
    ...recordShape('Accepted: nothing has to be kept.'),
  },
  checkTcp,
);
