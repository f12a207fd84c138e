import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { Config } from './config.js';
import { RotatingWriter } from './rotating.js';
import { BufferedWriter, openFile, type FileRecord, type OpenOptions, type Writer } from './writer.js';

/** Paths that are remembered, of at most 4 KiB each. */
const mostKnown = 10_000;

/** The open files of one exporter: one, or with `group_by` as many as may be open. */
export class Files {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** In order of last use. */
  readonly #open: Map<string, Promise<Writer>> = new Map();
  /** Another writer of the same file has to wait for these. */
  readonly #closing: Map<string, Promise<void>> = new Map();
  /**
   * Opened before: this process wrote its content, which stays. Senders choose the names, so that beyond `mostKnown`
   * of them every file is continued.
   */
  readonly #known: Set<string> = new Set();
  #users = 0;
  #started: Promise<unknown> | undefined;

  constructor(config: Config, logger: Logger, clock: Clock) {
    this.#config = config;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Once for each signal. Rejects when the file can't be opened. */
  async start(): Promise<void> {
    this.#users++;
    if (!this.#config.group_by.enabled) await (this.#started ??= this.#writer(this.#config.path));
  }

  /** Another file that needs the place of this one asks for its end later, and so gets it behind the message. */
  append(path: string, message: FileRecord): Promise<void> {
    return this.#writer(path).then((writer) => writer.append(message));
  }

  async shutdown(): Promise<void> {
    if (this.#users > 0 && --this.#users > 0) return;
    const writers = [...this.#open.values()];
    this.#open.clear();
    for (const writer of writers)
      await writer.then(
        (open) => open.close(),
        () => {},
      );
  }

  /** One writer of a file, however many ask for it while it is being opened. */
  #writer(path: string): Promise<Writer> {
    const open = this.#open.get(path);
    if (open) {
      this.#open.delete(path);
      this.#open.set(path, open);
      return open;
    }
    const { max_open_files, enabled } = this.#config.group_by;
    const isFull = enabled && this.#open.size >= Math.max(1, max_open_files);
    const closings = [this.#closing.get(path), isFull ? this.#closeOldest() : undefined];
    const opening = this.#openBehind(
      closings.filter((closing) => closing !== undefined),
      path,
    );
    this.#open.set(path, opening);
    opening.catch(() => {
      if (this.#open.get(path) === opening) this.#open.delete(path);
    });
    return opening;
  }

  #closeOldest(): Promise<void> | undefined {
    const [oldest] = this.#open;
    if (!oldest) return undefined;
    const [path, writer] = oldest;
    this.#open.delete(path);
    const closing: Promise<void> = writer
      .then(
        (open) => open.close(),
        () => {},
      )
      .finally(() => {
        if (this.#closing.get(path) === closing) this.#closing.delete(path);
      });
    this.#closing.set(path, closing);
    return closing;
  }

  /** Another file is closed before one opens, so that no more are open than may be. */
  async #openBehind(closings: readonly Promise<void>[], path: string): Promise<Writer> {
    await Promise.all(closings);
    return this.#openWriter(path);
  }

  async #openWriter(path: string): Promise<Writer> {
    const { append, rotation, flush_interval, group_by, create_directory, directory_permissions } = this.#config;
    const mode = directory_permissions === '' ? 0o755 : Number.parseInt(directory_permissions, 8);
    const options: OpenOptions = {
      path,
      append: append || this.#known.has(path) || this.#known.size >= mostKnown,
      createFolders: create_directory || group_by.enabled ? mode : undefined,
    };
    const writer = rotation
      ? await RotatingWriter.open(options, rotation, () => this.#clock.unixMs())
      : new BufferedWriter(await openFile(options), flush_interval, this.#clock, (error) =>
          this.#logger.error('Writing failed; it is tried again with the next flush', { error, path }),
        );
    if (this.#known.size < mostKnown) this.#known.add(path);
    return writer;
  }
}
