import { Session, type Profiler } from 'node:inspector/promises';
import type { Runtime } from 'node:inspector';

/** Said when a CPU profile is asked for while another one is being taken; the words are Go's. */
export class Busy extends Error {
  constructor() {
    super('Could not enable CPU profiling: cpu profiling already in use');
  }
}

/** Between two samples of the CPU, microseconds: Go's 100 per second. */
const cpuIntervalUs = 10_000;
/** Allocated bytes between two samples, as in Go's heap profile. */
export const heapIntervalBytes: number = 512 * 1024;

/** V8's sampling heap profile; Node's own types leave out the sizes of single samples. */
export interface HeapProfile {
  readonly head: HeapNode;
  readonly samples: readonly { readonly nodeId: number; readonly size: number }[];
}

export interface HeapNode {
  readonly id: number;
  readonly callFrame: Runtime.CallFrame;
  /** Bytes. */
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** V8's profilers in this process, through the inspector; no debugger port is opened. */
export class ProcessProfiler {
  readonly #session: Session = new Session();
  #cpu = false;

  /** Connects, and begins to sample allocations. */
  async open(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: cpuIntervalUs });
    await this.#session.post('HeapProfiler.startSampling', { samplingInterval: heapIntervalBytes });
  }

  /** Throws `Busy`. */
  async startCpu(): Promise<void> {
    if (this.#cpu) throw new Busy();
    this.#cpu = true;
    await this.#session.post('Profiler.start');
  }

  async stopCpu(): Promise<Profiler.Profile> {
    this.#cpu = false;
    const { profile } = await this.#session.post('Profiler.stop');
    return profile;
  }

  /** The live part of the memory allocated since `open`. */
  async heap(): Promise<HeapProfile> {
    const { profile } = await this.#session.post('HeapProfiler.getSamplingProfile');
    return profile as unknown as HeapProfile;
  }

  close(): void {
    this.#session.disconnect();
  }
}
