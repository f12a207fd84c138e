import { group, section, type Report, type Schema } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { onError, type OnError } from '../../entries/operator-options.js';
import { checkSyslog, syslogShape, type SyslogOptions } from '../../entries/operators/syslog_parser/config.js';
import { recordShape, type RecordConfig } from '../../inputs/record-options.js';
import { checkTcp, tcpShape, type TcpInputConfig } from '../../inputs/tcp/tcp-options.js';
import { checkUdp, udpShape, type UdpInputConfig } from '../../inputs/udp/udp-options.js';

export interface Config extends SyslogOptions, RecordConfig {
  readonly tcp: TcpInputConfig | undefined;
  readonly udp: UdpInputConfig | undefined;
  readonly on_error: OnError;
}

export const config: Schema<Config> = inUse(
  group<Config>(
    {
      ...syslogShape,
      tcp: section<TcpInputConfig>(
        group<TcpInputConfig>(tcpShape('0.0.0.0:5514'), checkTcp),
        { absent: 'off', empty: 'on' },
        { about: 'Takes messages over TCP.' },
      ),
      udp: section<UdpInputConfig>(
        group<UdpInputConfig>(udpShape('0.0.0.0:5514'), checkUdp),
        { absent: 'off', empty: 'on' },
        { about: 'Takes messages over UDP, one in each datagram.' },
      ),
      on_error: onError,
      ...recordShape('Accepted: nothing has to be kept.'),
    },
    checkOptions,
  ),
  ({ tcp, udp }, { report }) => {
    if (!tcp && !udp)
      report('need tcp config or udp config', [], undefined, 'Add tcp::listen_address, or that of udp.');
  },
);

function checkOptions(value: Config, report: Report): void {
  checkSyslog(value, report);
  const { tcp, udp } = value;
  const framing = value.enable_octet_counting ? 'enable_octet_counting' : 'non_transparent_framing_trailer';
  if (udp && (value.enable_octet_counting || value.non_transparent_framing_trailer !== ''))
    report('octet_counting and non_transparent_framing is not compatible with UDP', [framing]);
  if (!tcp || !(value.enable_octet_counting || value.non_transparent_framing_trailer === 'NUL')) return;
  for (const option of ['line_start_pattern', 'line_end_pattern'] as const)
    if (tcp.multiline[option] !== '')
      report(`${option} has no effect beside ${framing}, which divides messages`, ['tcp', 'multiline', option]);
  if (tcp.one_log_per_packet)
    report(`one_log_per_packet has no effect beside ${framing}, which divides messages`, ['tcp', 'one_log_per_packet']);
}
