import type { SignalContext } from '../../component/define.js';
import type { FailureStatus } from '../../component/failure-status.js';
import type { ListeningAddress } from '../../component/lifecycle.js';
import type { Counter } from '../../component/telemetry.js';
import { LogEntry } from '../../entries/entry.js';
import { SenderFaults } from '../../intake/sender-faults.js';
import type { LineFinder } from '../../lines/line-finder.js';
import type { TextEncoding } from '../../lines/text-encoding.js';
import { WholeFinder } from '../../lines/whole-finder.js';
import { HostNames } from '../../net/host-names.js';
import { serverTls } from '../../net/tls/server.js';
import { lineEncodingOf, splitterOf } from '../line-options.js';
import { inputMetrics } from '../metrics.js';
import { addNetAttributes } from '../net-attributes.js';
import type { RecordStream } from '../record-stream.js';
import { startTextEntry } from '../text-entry.js';
import type { LineConnection, LineConnectionParts, LineTaker } from './line-connection.js';
import { TcpInput } from './tcp-input.js';
import { logSizeOf, type TcpInputConfig } from './tcp-options.js';

/** Another way to find records in the bytes of a connection than by lines. */
export interface RecordFraming {
  readonly name: string;
  /** Makes the finder of one connection. */
  finder(): LineFinder;
}

/** Makes records of what comes in on TCP. Senders are read no faster than the pipeline takes it. */
export class TcpRecords implements LineTaker {
  readonly #config: TcpInputConfig;
  readonly #context: SignalContext;
  readonly #records: RecordStream;
  readonly #framing: RecordFraming | undefined;
  readonly #encoding: TextEncoding;
  readonly #names: HostNames;
  readonly #entry: LogEntry = new LogEntry();
  readonly #cut: Counter;
  readonly #refused: Counter;
  #input: TcpInput | undefined;
  #waitsForRoom = false;
  #unobserve: (() => void) | undefined;

  constructor(config: TcpInputConfig, context: SignalContext, records: RecordStream, framing?: RecordFraming) {
    this.#config = config;
    this.#context = context;
    this.#records = records;
    this.#framing = framing;
    this.#encoding = lineEncodingOf(config);
    this.#names = new HostNames(context.clock);
    const { meter, id } = context;
    this.#cut = meter.counter(inputMetrics.cutRecords, { receiver: id });
    this.#refused = meter.counter(inputMetrics.refusedConnections, { receiver: id });
  }

  async start(status: FailureStatus): Promise<void> {
    const { clock, budget, logger, meter, id } = this.#context;
    const { tls, listen_address: endpoint, max_connections: maxConnections } = this.#config;
    const faults = new SenderFaults(this.#context, '');
    const input = new TcpInput(
      {
        endpoint,
        tls: tls && serverTls(tls, clock, logger),
        maxConnections,
        budget,
        framing: this.#linesBy(),
        partsOf: () => this.#partsOf(),
        onRefused: () => this.#refused.add(1),
        onHandshakeFault: (why, peer) => faults.add('handshake', peer, why),
      },
      this,
    );
    await input.listen(status);
    this.#input = input;
    this.#unobserve = meter.observe(inputMetrics.activeConnections, { receiver: id }, () => input.open);
    logger.info('Listening for log records over TCP', { endpoint });
  }

  get address(): ListeningAddress | undefined {
    return this.#input?.address;
  }

  /** Takes no more connections, and of the others what was read; at `deadline` no more of it. */
  async close(deadline: AbortSignal): Promise<void> {
    this.#unobserve?.();
    await this.#input?.close(deadline);
  }

  get hasRoom(): boolean {
    return this.#records.hasRoom;
  }

  onceRoom(run: () => void): () => void {
    return this.#records.onceRoom(run);
  }

  take(bytes: Buffer, from: number, to: number, isText: boolean, { peer, host }: LineConnection): void {
    const entry = this.#entry;
    startTextEntry(entry, this.#encoding, bytes, from, to, isText);
    if (this.#config.add_attributes) addNetAttributes(entry.attributes, 'IP.TCP', peer, host, this.#names);
    this.#records.take(entry);
    if (!this.#records.hasRoom) this.#waitForRoom();
  }

  cut(): void {
    this.#cut.add(1);
  }

  #waitForRoom(): void {
    if (this.#waitsForRoom) return;
    this.#waitsForRoom = true;
    this.#input?.roomChanged();
    this.#records.onceRoom(() => {
      this.#waitsForRoom = false;
      this.#input?.roomChanged();
    });
  }

  /** Everything that decides about the lines of a connection. */
  #linesBy(): unknown {
    const { max_log_size, encoding, multiline, one_log_per_packet, connection_idle_timeout } = this.#config;
    const { preserve_leading_whitespaces, preserve_trailing_whitespaces } = this.#config;
    const lines = { max_log_size, encoding, multiline, one_log_per_packet, connection_idle_timeout };
    return { ...lines, preserve_leading_whitespaces, preserve_trailing_whitespaces, framing: this.#framing?.name };
  }

  #partsOf(): Omit<LineConnectionParts, 'memory'> {
    const { connection_idle_timeout: idle, one_log_per_packet: whole, multiline } = this.#config;
    const maxBytes = logSizeOf(this.#config);
    const isWhole = whole || this.#encoding.form === 'bytes';
    const hasPattern = multiline.line_start_pattern !== '' || multiline.line_end_pattern !== '';
    const finder = this.#framing?.finder() ?? (isWhole ? new WholeFinder() : undefined);
    return {
      // The rest of a frame that is too long is no frame.
      splitter: splitterOf(
        this.#config,
        { maxBytes, oversize: finder ? 'truncate' : 'split' },
        finder,
        finder !== undefined,
      ),
      search: this.#framing ? 'at once' : isWhole ? 'at the end' : hasPattern ? 'by pattern' : 'at once',
      maxBytes,
      clock: this.#context.clock,
      idleMs: idle > 0 ? idle : Infinity,
    };
  }
}
