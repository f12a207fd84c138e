import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host, ListeningAddress } from '../../component/lifecycle.js';
import { StatusParts } from '../../component/status-parts.js';
import type { OperatorList } from '../../entries/config.js';
import { syslogOptionsOf } from '../../entries/operators/syslog_parser/config.js';
import { RecordStream } from '../../inputs/record-stream.js';
import { OctetFinder } from '../../inputs/tcp/octet-finder.js';
import { TcpRecords, type RecordFraming } from '../../inputs/tcp/tcp-records.js';
import { TrailerFinder } from '../../inputs/tcp/trailer-finder.js';
import { defaultUnderWay } from '../../inputs/udp/udp-options.js';
import { UdpRecords } from '../../inputs/udp/udp-records.js';
import type { Config } from './config.js';

/** Batches that may be under way in the pipeline at once. */
const mostUnderWay = 4;

/** Takes messages of syslog over TCP, UDP or both, and parses each before the operators of the configuration. */
export class SyslogReceiver implements Receiver {
  readonly #context: SignalContext;
  readonly #streams: RecordStream[] = [];
  readonly #tcp: TcpRecords | undefined;
  readonly #udp: UdpRecords | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#context = context;
    const { tcp, udp } = config;
    const first = parserOf(config);
    if (tcp) {
      const records = new RecordStream(config, context, next, { first, mostUnderWay });
      this.#streams.push(records);
      this.#tcp = new TcpRecords(tcp, context, records, framingOf(config));
    }
    if (udp) {
      const underWay = udp.async?.processors ?? defaultUnderWay;
      const records = new RecordStream(config, context, next, { first, mostUnderWay: underWay });
      this.#streams.push(records);
      this.#udp = new UdpRecords(udp, context, records);
    }
  }

  async start(host: Host): Promise<void> {
    const status = new StatusParts();
    status.attach((event) => host.report(event));
    const { clock } = this.#context;
    await this.#tcp?.start(new FailureStatus(clock, status.part('TCP')));
    await this.#udp?.start(new FailureStatus(clock, status.part('UDP')));
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  listensAt(): readonly ListeningAddress[] {
    const address = this.#tcp?.address;
    return address ? [address] : [];
  }

  async #end(deadline: AbortSignal): Promise<void> {
    await Promise.all([this.#tcp?.close(deadline), this.#udp?.close(deadline)]);
    await Promise.all(this.#streams.map((records) => records.stop(deadline)));
  }
}

/** The operator that parses. An ID of a configured operator cannot have a blank. */
function parserOf(config: Config): OperatorList {
  return [syslogOptionsOf(config, { id: 'syslog_input_internal_parser', on_error: config.on_error })];
}

/** How messages follow each other on a connection, where that is not in lines. */
function framingOf(config: Config): RecordFraming | undefined {
  if (config.enable_octet_counting) return { name: 'octet counting', finder: () => new OctetFinder() };
  if (config.non_transparent_framing_trailer === 'NUL') return { name: 'NUL', finder: () => new TrailerFinder() };
  return undefined;
}
