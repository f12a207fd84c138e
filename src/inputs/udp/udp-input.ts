import type { RemoteInfo } from 'node:dgram';
import { faults } from '../../component/fault.js';
import type { ListeningAddress } from '../../component/lifecycle.js';
import type { Succession } from '../../component/succession.js';
import { correctTurn, turnFor } from '../../component/turn.js';
import type { LineSplitter } from '../../lines/line-splitter.js';
import { listenDatagrams, type DatagramPort } from '../../net/listening/datagrams.js';
import type { AcceptStatus } from '../../net/listening/socket.js';
import { pieceBytes } from '../../otlp/work.js';

/** Datagrams are worked off for so long, milliseconds, before others have their turn. */
const sliceMs = 2;
/** Lines between two looks at the clock. */
const linesAtOnce = 32;
/** Bytes of datagrams that may wait, however many are allowed. */
const mostWaitingBytes = 16 * 1024 * 1024;
/** Below this a byte at the end of a datagram is no text. */
const leastText = 32;

/** The consumer of a UDP port's records. */
export interface PacketTaker {
  readonly hasRoom: boolean;
  onceRoom(run: () => void): () => void;
  /** `bytes[from, to)` is a record that is not empty, borrowed until the call returns. `isText`: it is valid UTF-8. */
  take(bytes: Buffer, from: number, to: number, isText: boolean, sender: RemoteInfo): void;
  /** A datagram was dropped: nothing took those before it for too long, or a fault, which is logged, ended it. */
  dropped(why: 'no room' | 'fault'): void;
}

export interface UdpInputOptions {
  readonly endpoint: string;
  /** Datagrams that wait while there is no room. */
  readonly mostWaiting: number;
  readonly splitter: LineSplitter;
  /** Bytes of control at the end of a datagram, such as a line feed or NUL, do not belong to it. */
  readonly cutsControls: boolean;
}

interface Packet {
  readonly bytes: Buffer;
  readonly sender: RemoteInfo;
}

/** In the place of a packet that was taken. */
const nothing: Packet = {
  bytes: Buffer.alloc(0),
  sender: { address: '', family: 'IPv4', port: 0, size: 0 },
};

/** Takes datagrams and makes records of each. A sender of UDP cannot be held back: what does not fit is dropped. */
export class UdpInput {
  readonly #options: UdpInputOptions;
  readonly #taker: PacketTaker;
  #waiting: Packet[] = [];
  /** The first packet that waits; those before it have been taken. */
  #first = 0;
  #waitingBytes = 0;
  /** Its lines are being taken; the splitter is at the next of them. */
  #current: Packet | undefined;
  #isWorking = false;
  #whenDone: (() => void)[] = [];
  #port: DatagramPort | undefined;

  constructor(options: UdpInputOptions, taker: PacketTaker) {
    this.#options = options;
    this.#taker = taker;
  }

  async listen(succession: Succession, status: AcceptStatus): Promise<void> {
    const take = (bytes: Buffer, sender: RemoteInfo): void => this.#onPacket(bytes, sender);
    this.#port = await listenDatagrams(take, this.#options.endpoint, succession, status);
  }

  get address(): ListeningAddress | undefined {
    return this.#port?.address;
  }

  /** Takes no more datagrams; resolves when those that wait have been taken, or at `deadline`, which drops them. */
  close(deadline: AbortSignal): Promise<void> {
    this.#port?.close();
    this.#port = undefined;
    if (!this.#isWorking) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        deadline.removeEventListener('abort', end);
        for (let left = this.#waiting.length - this.#first; left > 0; left--) this.#taker.dropped('no room');
        this.#waiting = [];
        this.#first = this.#waitingBytes = 0;
        resolve();
      };
      if (deadline.aborted) end();
      else deadline.addEventListener('abort', end);
      this.#whenDone.push(end);
    });
  }

  #onPacket(bytes: Buffer, sender: RemoteInfo): void {
    const waiting = this.#waiting.length - this.#first;
    const isFull = waiting >= this.#options.mostWaiting || this.#waitingBytes + bytes.length > mostWaitingBytes;
    if (waiting > 0 && isFull) {
      this.#taker.dropped('no room');
      return;
    }
    this.#waiting.push({ bytes, sender });
    this.#waitingBytes += bytes.length;
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    const taker = this.#taker;
    this.#isWorking = true;
    while (this.#current !== undefined || this.#first < this.#waiting.length) {
      if (!taker.hasRoom) await new Promise<void>((resolve) => void taker.onceRoom(resolve));
      const turn = turnFor(pieceBytes);
      if (turn) await turn;
      const began = performance.now();
      try {
        this.#takePackets(began + sliceMs);
      } catch (error) {
        // It costs the rest of this packet only.
        faults.add('datagram, its lines', error);
        this.#current = undefined;
        this.#taker.dropped('fault');
      }
      correctTurn(pieceBytes, (performance.now() - began) * 1e6);
    }
    this.#isWorking = false;
    for (const done of this.#whenDone.splice(0)) done();
  }

  #takePackets(over: number): void {
    while (this.#taker.hasRoom && performance.now() < over) {
      this.#current ??= this.#begin();
      if (this.#current === undefined || !this.#takeLines(this.#current, over)) return;
      this.#current = undefined;
    }
  }

  /** Moves to the next packet; undefined when none waits. */
  #begin(): Packet | undefined {
    const packet = this.#waiting[this.#first];
    if (packet === undefined) return undefined;
    this.#waiting[this.#first++] = nothing;
    if (this.#first === this.#waiting.length) {
      this.#waiting = [];
      this.#first = 0;
    }
    const { bytes } = packet;
    this.#waitingBytes -= bytes.length;
    const { splitter, cutsControls } = this.#options;
    let end = bytes.length;
    if (cutsControls) while (end > 0 && (bytes[end - 1] ?? leastText) < leastText) end--;
    splitter.reset();
    splitter.begin(bytes, 0, end, 'nothing');
    return packet;
  }

  /** False: time is over before the lines are. */
  #takeLines({ bytes, sender }: Packet, over: number): boolean {
    const { splitter } = this.#options;
    let lines = 0;
    while (splitter.next()) {
      if (splitter.end > splitter.start) this.#taker.take(bytes, splitter.start, splitter.end, splitter.isText, sender);
      if (++lines % linesAtOnce === 0 && performance.now() > over) return false;
    }
    return true;
  }
}
