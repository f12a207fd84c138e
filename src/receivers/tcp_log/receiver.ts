import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { Host, ListeningAddress } from '../../component/lifecycle.js';
import { RecordStream } from '../../inputs/record-stream.js';
import { TcpRecords } from '../../inputs/tcp/tcp-records.js';
import type { Config } from './config.js';

/** Batches that may be under way in the pipeline at once. */
const mostUnderWay = 4;

/** Makes a log record of each line that comes in on TCP. */
export class TcpLogReceiver implements Receiver {
  readonly #context: SignalContext;
  readonly #records: RecordStream;
  readonly #tcp: TcpRecords;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#context = context;
    this.#records = new RecordStream(config, context, next, { mostUnderWay });
    this.#tcp = new TcpRecords(config, context, this.#records);
  }

  async start(host: Host): Promise<void> {
    await this.#tcp.start(new FailureStatus(this.#context.clock, (event) => host.report(event)));
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  listensAt(): readonly ListeningAddress[] {
    const { address } = this.#tcp;
    return address ? [address] : [];
  }

  async #end(deadline: AbortSignal): Promise<void> {
    await this.#tcp.close(deadline);
    await this.#records.stop(deadline);
  }
}
