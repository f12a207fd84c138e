import { tagOf } from '../fields.js';
import { at32 } from '../wire/at.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import { MetricPoints } from './metric-points.js';
import { kept, withRoom } from '../wire/numbers.js';
import { RunLists } from './run-lists.js';

const metricTag = tagOf('ScopeMetrics', 'metrics');

/** Metrics that have only some of their points, known by number. They are numbers until they are written. */
export class Pieces {
  readonly #runs: RunLists = new RunLists();
  readonly #metric: MetricPoints = new MetricPoints();
  /** Rows of 3: places of the runs beside the data and beside the points, tag of the data. */
  #metrics: Int32Array = new Int32Array(48);
  #metricCount = 0;
  /** Rows of 3: metric, part, and the place of the points or, while a metric is being cut, their number. */
  #pieces: Int32Array = new Int32Array(48);
  count = 0;
  /** By part its latest piece. */
  #latest: Int32Array = new Int32Array(16);

  /** Bytes of memory. */
  get memory(): number {
    return this.#metrics.byteLength + this.#pieces.byteLength + this.#runs.memory;
  }

  /** Forgets all pieces; the next ones are for parts below `parts`. */
  clear(parts: number): void {
    this.#runs.clear();
    this.#metrics = kept(this.#metrics);
    this.#pieces = kept(this.#pieces);
    this.#latest = withRoom(kept(this.#latest), parts).fill(-1, 0, parts);
    this.#metricCount = 0;
    this.count = 0;
  }

  /**
   * Cuts the metric whose body is `[from, to)` and whose points are `partOf[unit]` up to `partOf[end - 1]`. Its pieces
   * are the last ones then, in the order in which their parts appear; points of part -1 are left out.
   */
  cut(bytes: Uint8Array, from: number, to: number, partOf: Int32Array, unit: number, end: number): void {
    const first = this.count;
    const latest = this.#latest;
    for (let i = unit; i < end; i++) {
      const part = at32(partOf, i);
      if (part < 0) continue;
      // A number below `first` is a piece of an earlier metric.
      const piece = at32(latest, part);
      if (piece >= first) this.#pieces[piece * 3 + 2] = at32(this.#pieces, piece * 3 + 2) + 1;
      else latest[part] = this.#add(part);
    }
    const metric = this.#metric;
    metric.read(bytes, from, to, this.#runs);
    for (let i = first * 3 + 2; i < this.count * 3; i += 3) this.#pieces[i] = this.#runs.open(at32(this.#pieces, i));
    for (let i = unit; i < end && metric.nextPoint(bytes); i++) {
      const part = at32(partOf, i);
      if (part < 0) continue;
      this.#runs.add(at32(this.#pieces, at32(latest, part) * 3 + 2), metric.pointFrom, metric.pointTo);
    }
    const row = this.#metricCount++ * 3;
    this.#metrics = withRoom(this.#metrics, row + 3);
    this.#metrics[row] = metric.rest;
    this.#metrics[row + 1] = metric.dataRest;
    this.#metrics[row + 2] = metric.data;
  }

  part(piece: number): number {
    return at32(this.#pieces, piece * 3 + 1);
  }

  /** Bytes of a piece, with its tag. */
  length(piece: number): number {
    return sized(this.#bodyLength(piece));
  }

  /** Writes a piece with the tag of its field in the scope; the result is the offset behind it. */
  write(piece: number, source: Buffer, out: Buffer, at: number): number {
    const row = at32(this.#pieces, piece * 3) * 3;
    out[at++] = metricTag;
    at = writeVarint(out, at, this.#bodyLength(piece));
    at = this.#runs.copy(at32(this.#metrics, row), source, out, at);
    out[at++] = at32(this.#metrics, row + 2);
    at = writeVarint(out, at, this.#dataLength(piece));
    at = this.#runs.copy(at32(this.#metrics, row + 1), source, out, at);
    return this.#runs.copy(at32(this.#pieces, piece * 3 + 2), source, out, at);
  }

  #add(part: number): number {
    const row = this.count * 3;
    this.#pieces = withRoom(this.#pieces, row + 3);
    this.#pieces[row] = this.#metricCount;
    this.#pieces[row + 1] = part;
    this.#pieces[row + 2] = 1;
    return this.count++;
  }

  #bodyLength(piece: number): number {
    const rest = at32(this.#metrics, at32(this.#pieces, piece * 3) * 3);
    return this.#runs.length(rest) + sized(this.#dataLength(piece));
  }

  #dataLength(piece: number): number {
    const rest = at32(this.#metrics, at32(this.#pieces, piece * 3) * 3 + 1);
    return this.#runs.length(rest) + this.#runs.length(at32(this.#pieces, piece * 3 + 2));
  }
}

/** A message with its tag and length. */
const sized = (body: number): number => 1 + varintSize(body) + body;
