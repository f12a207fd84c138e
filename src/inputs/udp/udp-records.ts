import type { RemoteInfo } from 'node:dgram';
import type { SignalContext } from '../../component/define.js';
import type { FailureStatus } from '../../component/failure-status.js';
import type { Counter } from '../../component/telemetry.js';
import { LogEntry } from '../../entries/entry.js';
import type { TextEncoding } from '../../lines/text-encoding.js';
import { WholeFinder } from '../../lines/whole-finder.js';
import { HostNames } from '../../net/host-names.js';
import { lineEncodingOf, splitterOf } from '../line-options.js';
import { inputMetrics } from '../metrics.js';
import { addNetAttributes, type NetEnd } from '../net-attributes.js';
import type { RecordStream } from '../record-stream.js';
import { startTextEntry } from '../text-entry.js';
import { UdpInput, type PacketTaker } from './udp-input.js';
import { defaultWaiting, type UdpInputConfig } from './udp-options.js';

/** Bytes of the longest datagram. */
const longestPacket = 65_536;
/** Milliseconds between two log lines about datagrams that were dropped. */
const betweenLinesMs = 60_000;

/** Makes records of datagrams. */
export class UdpRecords implements PacketTaker {
  readonly #config: UdpInputConfig;
  readonly #context: SignalContext;
  readonly #records: RecordStream;
  readonly #encoding: TextEncoding;
  readonly #names: HostNames;
  readonly #entry: LogEntry = new LogEntry();
  readonly #input: UdpInput;
  readonly #dropped: Counter;
  #host: NetEnd = { address: '', port: 0 };
  #saidAt = -Infinity;
  #unsaid = 0;

  constructor(config: UdpInputConfig, context: SignalContext, records: RecordStream) {
    this.#config = config;
    this.#context = context;
    this.#records = records;
    this.#encoding = lineEncodingOf(config);
    this.#names = new HostNames(context.clock);
    this.#dropped = context.meter.counter(inputMetrics.droppedPackets, { receiver: context.id });
    const { multiline, one_log_per_packet: whole } = config;
    const hasPattern = multiline.line_start_pattern !== '' || multiline.line_end_pattern !== '';
    const parts = { maxBytes: longestPacket, oversize: 'truncate' } as const;
    this.#input = new UdpInput(
      {
        endpoint: config.listen_address,
        mostWaiting: config.async?.max_queue_length ?? defaultWaiting,
        splitter: splitterOf(config, parts, hasPattern ? undefined : new WholeFinder(), whole),
        // Of an encoding with units of two bytes the last one may be a part of a character.
        cutsControls: this.#encoding.unit === 'byte',
      },
      this,
    );
  }

  async start(status: FailureStatus): Promise<void> {
    const { succession, logger } = this.#context;
    await this.#input.listen(succession, status);
    const { address } = this.#input;
    if (address) this.#host = address;
    logger.info('Listening for log records over UDP', { endpoint: this.#config.listen_address });
  }

  /** Takes no more datagrams; resolves when those that wait have been taken, or at `deadline`, which drops them. */
  close(deadline: AbortSignal): Promise<void> {
    return this.#input.close(deadline);
  }

  get hasRoom(): boolean {
    return this.#records.hasRoom;
  }

  onceRoom(run: () => void): () => void {
    return this.#records.onceRoom(run);
  }

  take(bytes: Buffer, from: number, to: number, isText: boolean, sender: RemoteInfo): void {
    const entry = this.#entry;
    startTextEntry(entry, this.#encoding, bytes, from, to, isText);
    if (this.#config.add_attributes) addNetAttributes(entry.attributes, 'IP.UDP', sender, this.#host, this.#names);
    this.#records.take(entry);
  }

  dropped(why: 'no room' | 'fault'): void {
    const { clock, logger } = this.#context;
    this.#dropped.add(1);
    if (why === 'fault') return;
    this.#unsaid++;
    if (clock.now() - this.#saidAt < betweenLinesMs) return;
    logger.warn('Datagrams were dropped: the pipeline does not take them as fast as they come', {
      packets: this.#unsaid,
    });
    this.#saidAt = clock.now();
    this.#unsaid = 0;
  }
}
