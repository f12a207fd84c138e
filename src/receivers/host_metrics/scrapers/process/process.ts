import { existsSync } from 'node:fs';
import { cancelMessage } from '../../../../component/cancellation.js';
import { resultInTurns } from '../../../../component/turn.js';
import { MetricPage } from '../../../../intake/scrape/metric-page.js';
import type { Scrape, Scraper } from '../../../../intake/scrape/scraper.js';
import type { MetricBuilder } from '../../../../otlp/build/metrics.js';
import type { InPieces } from '../../../../otlp/work.js';
import { machine } from '../../host/machine.js';
import type { ProcessTable } from '../../host/process-table.js';
import type { HostMetric } from '../../metrics/host-metric.js';
import type { MetricWriter } from '../../metrics/metric-writer.js';
import { ScrapeFaults } from '../faults.js';
import {
  openScope,
  scraperSchema,
  wantedOf,
  writersOf,
  type HostScraper,
  type ScraperOptions,
  type ScraperParts,
  type Wanted,
} from '../host-scraper.js';
import { nameFilter } from '../name-filter.js';
import { CpuShares } from './cpu-shares.js';
import { ProcessFaults } from './process-faults.js';
import { metricsOfProcesses } from './process-metrics.js';
import { processOptions, type ProcessOptions } from './process-options.js';
import { ProcessReader } from './process-reader.js';
import type { ProcessReading } from './process-reading.js';

const schemaUrl = 'https://opentelemetry.io/schemas/1.43.0';
const name = 'process';
/** Processes whose files are read before the event loop goes on: about a millisecond. */
const atOnce = 16;
/** Bytes of a request. Beyond, processes are left out and an error says so. */
const mostBytes = 128 << 20;

/** One resource for each process. */
export const processScraper: HostScraper = {
  name,
  table: metricsOfProcesses,
  schema: scraperSchema(processOptions, metricsOfProcesses),
  open: (options, parts) => new ProcessScrape(options as ScraperOptions & ProcessOptions, parts),
};

class ProcessScrape implements Scraper {
  readonly name = name;
  readonly #parts: ScraperParts;
  readonly #options: ProcessOptions;
  readonly #wanted: Wanted;
  readonly #page: MetricPage;
  readonly #writers: readonly (readonly [HostMetric<ProcessReading>, MetricWriter])[];
  readonly #isReported: (name: string) => boolean;
  readonly #processFaults: ProcessFaults;
  readonly #reader: ProcessReader;
  readonly #shares = new CpuShares();

  constructor(options: ScraperOptions & ProcessOptions, parts: ScraperParts) {
    this.#parts = parts;
    this.#options = options;
    this.#wanted = wantedOf(metricsOfProcesses, options.metrics, parts, name);
    this.#page = new MetricPage((builder) => this.#openResource(builder));
    this.#writers = writersOf(metricsOfProcesses, options.metrics, parts.conventions, this.#page);
    this.#isReported = nameFilter('names', options.include, options.exclude);
    this.#processFaults = new ProcessFaults(options);
    this.#reader = new ProcessReader(parts.host, options, this.#processFaults, this.#wanted);
  }

  async scrape(scrape: Scrape): ReturnType<Scraper['scrape']> {
    if (this.#writers.length === 0) return { batch: undefined };
    const { host } = this.#parts;
    const faults = new ScrapeFaults();
    host.begin(scrape);
    host.users.refresh();
    this.#shares.begin();
    this.#reader.reading.hostMemory = this.#hostMemory(faults);
    const cpus = this.#wanted('process.cpu.utilization') ? host.logicalCpus : 1;
    const table = await host.processes;
    try {
      await resultInTurns(this.#readAll(table, cpus, scrape, faults));
    } catch (error) {
      // The next scrape begins with an empty page.
      (await this.#page.finish())?.release();
      this.#processFaults.forget();
      throw error;
    }
    this.#processFaults.moveTo(faults);
    const batch = await this.#page.finish();
    return {
      batch,
      ...(faults.any && { missing: { error: faults.error, count: faults.count, kind: faults.kind } }),
    };
  }

  *#readAll(table: ProcessTable, cpus: number, scrape: Scrape, faults: ScrapeFaults): InPieces<void> {
    for (let row = 0; row < table.length; row++) {
      if (row % atOnce === atOnce - 1) {
        yield;
        if (scrape.signal.cancelledBy) throw new Error(cancelMessage(scrape.signal.cancelledBy));
      }
      if (this.#page.builder.size > mostBytes) {
        faults.add(`the last ${table.length - row} processes are left out: ${mostBytes} bytes are full`, 0, '', 'full');
        return;
      }
      const isWritten = yield* this.#read(table, row, cpus);
      const pid = table.get(row, 'pid');
      if (this.#processFaults.settle(pid, () => existsSync(this.#parts.host.paths.process(pid, ''))) && isWritten)
        this.#write();
    }
  }

  /** Reads one process; false when it is not to be reported. */
  *#read(table: ProcessTable, row: number, cpus: number): InPieces<boolean> {
    const { host, clock } = this.#parts;
    const reader = this.#reader;
    const { reading } = reader;
    if (!reader.readName(table.get(row, 'pid')) || !this.#isReported(reading.name)) return false;
    if (table.get(row, 'hasStat') === 0) {
      this.#processFaults.add('stat', new Error('stat cannot be read'), this.#writers.length);
      return false;
    }
    const start = table.get(row, 'start');
    const startMs = host.bootTimeMs + (start / machine.ticksPerSecond) * 1000;
    const now = clock.unixMs();
    const { scrape_process_delay: delayMs } = this.#options;
    // The clock may have been set back behind the start.
    if (delayMs > 0 && now - startMs < delayMs) return false;
    yield* reader.readRest(table, row);
    this.#page.now = now;
    this.#page.start = startMs;
    reading.uptime = (now - startMs) / 1000;
    if (this.#wanted('process.cpu.utilization')) this.#shares.next(reading, start, table.get(row, 'readAt'), cpus);
    return true;
  }

  #write(): void {
    for (const [metric, writer] of this.#writers) {
      metric.points(this.#reader.reading, writer);
      writer.end();
    }
    this.#page.next();
  }

  #openResource(builder: MetricBuilder): void {
    const { reading } = this.#reader;
    const { resource_attributes: on } = this.#options;
    builder.resource(schemaUrl);
    if (on['process.pid'].enabled) builder.attribute('process.pid', reading.pid);
    if (on['process.parent_pid'].enabled) builder.attribute('process.parent_pid', reading.parent);
    if (on['process.executable.name'].enabled) builder.attribute('process.executable.name', reading.name);
    if (reading.executable !== undefined) builder.attribute('process.executable.path', reading.executable);
    if (on['process.command'].enabled && reading.command !== undefined)
      builder.attribute('process.command', reading.command);
    if (on['process.command_line'].enabled && reading.commandLine !== undefined)
      builder.attribute('process.command_line', reading.commandLine);
    if (reading.owner !== undefined) builder.attribute('process.owner', reading.owner);
    if (reading.cgroup !== undefined) builder.attribute('process.cgroup', reading.cgroup);
    openScope(builder, name, this.#parts.version);
  }

  #hostMemory(faults: ScrapeFaults): number {
    if (!this.#wanted('process.memory.utilization')) return 0;
    try {
      return this.#parts.host.memory.MemTotal ?? 0;
    } catch (error) {
      faults.add(error, 1);
      return 0;
    }
  }
}
