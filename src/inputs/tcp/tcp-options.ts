import { logSizeOption, parseByteSize } from '../../component/schema/byte-size.js';
import { duration, int, type Report, type Shape } from '../../component/schema/schema.js';
import { tlsServer, type TlsServerConfig } from '../../net/options/tls-server.js';
import { checkLineOptions, lineShape, type LineConfig } from '../line-options.js';
import { listenAddress } from '../listen-address.js';

/** The options of an input on TCP. Times in milliseconds. */
export interface TcpInputConfig extends LineConfig {
  readonly listen_address: string;
  readonly tls: TlsServerConfig | undefined;
  readonly max_log_size: string;
  /** 0: any number. */
  readonly max_connections: number;
  /** 0: for ever. */
  readonly connection_idle_timeout: number;
}

/** A line of fewer bytes would be cut too often: the Collector's least value. */
const leastLogSize = 64 * 1024;
const defaultLogSize = '1MiB';

export function tcpShape(example: string): Shape<TcpInputConfig> {
  return {
    ...lineShape,
    listen_address: listenAddress('tcp', example),
    tls: tlsServer(),
    max_log_size: logSizeOption(
      defaultLogSize,
      { about: 'Bytes of the longest record; the rest of a longer one becomes further records.' },
      (bytes) =>
        bytes > 0 && bytes < leastLogSize
          ? `invalid value for parameter 'max_log_size', must be equal to or greater than ${leastLogSize} bytes`
          : undefined,
    ),
    max_connections: int(
      0,
      { about: 'Connections that may be open at once; one more is closed. 0: as many as there is room for.' },
      (value) => (value < 0 ? "'max_connections' must not be negative" : undefined),
    ),
    connection_idle_timeout: duration(
      '0s',
      { about: 'A connection that is silent for as long is closed; 0: never.' },
      (ms) => (ms < 0 ? "'connection_idle_timeout' must not be negative" : undefined),
    ),
  };
}

export function checkTcp(value: TcpInputConfig, report: Report): void {
  checkLineOptions(value, report);
}

/** Bytes of the longest record. */
export function logSizeOf({ max_log_size: size }: TcpInputConfig): number {
  return parseByteSize(size) || (parseByteSize(defaultLogSize) ?? leastLogSize);
}
