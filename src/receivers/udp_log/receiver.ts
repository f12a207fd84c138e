import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host } from '../../component/lifecycle.js';
import { RecordStream } from '../../inputs/record-stream.js';
import { defaultUnderWay } from '../../inputs/udp/udp-options.js';
import { UdpRecords } from '../../inputs/udp/udp-records.js';
import type { Config } from './config.js';

/** Makes a log record of each datagram. */
export class UdpLogReceiver implements Receiver {
  readonly #context: SignalContext;
  readonly #records: RecordStream;
  readonly #udp: UdpRecords;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#context = context;
    const mostUnderWay = config.async?.processors ?? defaultUnderWay;
    this.#records = new RecordStream(config, context, next, { mostUnderWay });
    this.#udp = new UdpRecords(config, context, this.#records);
  }

  async start(host: Host): Promise<void> {
    await this.#udp.start(new FailureStatus(this.#context.clock, (event) => host.report(event)));
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  async #end(deadline: AbortSignal): Promise<void> {
    await this.#udp.close(deadline);
    await this.#records.stop(deadline);
  }
}
