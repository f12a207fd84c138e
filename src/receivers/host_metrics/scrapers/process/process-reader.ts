import { readlinkSync } from 'node:fs';
import path from 'node:path';
import type { InPieces } from '../../../../otlp/work.js';
import { isMissing } from '../../host/file-reader.js';
import { machine } from '../../host/machine.js';
import type { ObservedHost } from '../../host/observed-host.js';
import type { ProcessTable } from '../../host/process-table.js';
import { ProcessIo } from '../../text/process-io.js';
import { ProcessStatus } from '../../text/process-status.js';
import type { Wanted } from '../host-scraper.js';
import { commandLine } from './command-line.js';
import type { ProcessFaults } from './process-faults.js';
import type { ProcessOptions } from './process-options.js';
import { emptyReading, type ProcessReading } from './process-reading.js';
import { countNames, switchesOf } from './threads.js';

/** Bytes of a command line; more is left out. */
const longestCommandLine = 64 << 10;
const longestCgroup = 64 << 10;
/** The kernel cuts names at this length; the command line may have the rest. */
const nameLimit = 15;
const zombie = 'Z'.charCodeAt(0);

/** Reads the files of one process after the other into one `ProcessReading`. */
export class ProcessReader {
  readonly reading: ProcessReading = emptyReading();
  readonly #host: ObservedHost;
  readonly #options: ProcessOptions;
  readonly #faults: ProcessFaults;
  readonly #wanted: Wanted;
  readonly #status = new ProcessStatus();
  readonly #io = new ProcessIo();

  constructor(host: ObservedHost, options: ProcessOptions, faults: ProcessFaults, wanted: Wanted) {
    this.#host = host;
    this.#options = options;
    this.#faults = faults;
    this.#wanted = wanted;
  }

  /** Reads the name; false when there is none, so that the process cannot be reported. */
  readName(pid: number): boolean {
    const { reading } = this;
    reading.pid = pid;
    reading.command = reading.commandLine = undefined;
    const { reader, columns } = this.#host.files;
    try {
      reader.readWhole(this.#file('status'));
      this.#status.read(columns, reader.bytes, reader.length);
    } catch (error) {
      this.#faults.add('name', error);
      return false;
    }
    reading.name = this.#status.name;
    if (reading.name.length >= nameLimit) {
      this.#readCommand();
      const longer = path.basename(reading.command ?? '');
      if (longer.startsWith(reading.name)) reading.name = longer;
    }
    return true;
  }

  /** Reads the rest. */
  *readRest(table: ProcessTable, row: number): InPieces<void> {
    const { reading } = this;
    const has = (attribute: keyof ProcessOptions['resource_attributes']): boolean =>
      this.#options.resource_attributes[attribute].enabled;
    this.#readNumbers(table, row);
    if ((has('process.command') || has('process.command_line')) && reading.commandLine === undefined)
      this.#readCommand();
    reading.executable = has('process.executable.path') ? this.#readExecutable(table, row) : undefined;
    reading.owner = has('process.owner') ? this.#readOwner() : undefined;
    reading.cgroup = has('process.cgroup') ? this.#readCgroup() : undefined;
    this.#readMemory();
    this.#readIo();
    yield* this.#readDescriptors();
    yield* this.#readSwitches();
  }

  #readNumbers(table: ProcessTable, row: number): void {
    const { reading } = this;
    const seconds = (ticks: number): number => ticks / machine.ticksPerSecond;
    reading.parent = table.get(row, 'parent');
    reading.user = seconds(table.get(row, 'user'));
    reading.system = seconds(table.get(row, 'system'));
    reading.wait = seconds(table.get(row, 'blockedOnDisk'));
    reading.minorFaults = table.get(row, 'minorFaults');
    reading.majorFaults = table.get(row, 'majorFaults');
    reading.threads = this.#status.threads;
    reading.pendingSignals = this.#status.pendingSignals;
  }

  #readCommand(): void {
    const { reading } = this;
    const { reader } = this.#host.files;
    try {
      reader.readBeginning(this.#file('cmdline'), longestCommandLine);
      const { command, whole } = commandLine(reader.bytes, reader.length);
      reading.command = command;
      reading.commandLine = whole;
    } catch (error) {
      this.#faults.add('command', error);
    }
  }

  /** '' for a process that has no executable, and for one that does not show it. */
  #readExecutable(table: ProcessTable, row: number): string {
    try {
      return readlinkSync(this.#file('exe'));
    } catch (error) {
      const hasNone = table.get(row, 'isKernelThread') === 1 || table.get(row, 'state') === zombie;
      if (!hasNone || !isMissing(error)) this.#faults.add('executable', error);
      return '';
    }
  }

  #readOwner(): string | undefined {
    const { user } = this.#status;
    const name = this.#host.users.of(user);
    if (name === undefined) this.#faults.add('owner', new Error(`user ${user} has no name`));
    return name;
  }

  #readCgroup(): string {
    const { reader } = this.#host.files;
    try {
      reader.readBeginning(this.#file('cgroup'), longestCgroup);
      return reader.bytes.toString('utf8', 0, reader.length).replace(/\n$/, '');
    } catch (error) {
      this.#faults.add('cgroup', error);
      return '';
    }
  }

  #readMemory(): void {
    const { reading } = this;
    reading.resident = undefined;
    if (!this.#wanted('process.memory.usage', 'process.memory.virtual', 'process.memory.utilization')) return;
    const { files } = this.#host;
    try {
      files.reader.readWhole(this.#file('statm'));
      files.columns.open(files.reader.bytes, files.reader.length);
      files.columns.nextLine();
      const pages = (): number =>
        Number((files.columns.nextColumn() ? files.columns.whole() : undefined) ?? Number.NaN);
      const virtual = pages() * machine.pageSize;
      const resident = pages() * machine.pageSize;
      if (Number.isNaN(virtual + resident)) throw new Error('statm has no numbers');
      reading.virtual = virtual;
      reading.resident = resident;
    } catch (error) {
      this.#faults.add('memory', error, 2);
    }
  }

  #readIo(): void {
    const { reading } = this;
    reading.readBytes = undefined;
    if (!this.#wanted('process.disk.io', 'process.disk.operations')) return;
    const { reader, columns } = this.#host.files;
    const io = this.#io;
    try {
      reader.readWhole(this.#file('io'));
      io.read(columns, reader.bytes, reader.length);
      reading.readBytes = io.readBytes;
      reading.writtenBytes = io.writtenBytes;
      reading.readCalls = io.readCalls;
      reading.writeCalls = io.writeCalls;
    } catch (error) {
      this.#faults.add('io', error, 1);
    }
  }

  *#readDescriptors(): InPieces<void> {
    this.reading.descriptors = undefined;
    if (!this.#wanted('process.open_file_descriptors')) return;
    try {
      this.reading.descriptors = yield* countNames(this.#file('fd'));
    } catch (error) {
      this.#faults.add('descriptors', error, 1);
    }
  }

  *#readSwitches(): InPieces<void> {
    const { reading } = this;
    reading.voluntarySwitches = undefined;
    if (!this.#wanted('process.context_switches')) return;
    try {
      const { voluntary, involuntary } = yield* switchesOf(reading.pid, this.#host);
      reading.voluntarySwitches = voluntary;
      reading.involuntarySwitches = involuntary;
    } catch (error) {
      this.#faults.add('switches', error, 1);
    }
  }

  #file(name: string): string {
    return this.#host.paths.process(this.reading.pid, name);
  }
}
