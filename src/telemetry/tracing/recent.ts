import { latencyBounds, type FinishedSpan, type SpansOfName } from '../../component/recent-spans.js';

/** Number of spans of one name and latency class that are remembered. */
const samples = 16;
/** Number of names that are remembered: senders choose paths, and those become names. */
const maxNames = 500;

/** The latest spans of this program by name and latency, for `/debug/tracez`. */
export class RecentSpans {
  readonly names: Map<string, SpansOfName> = new Map();

  began(name: string): void {
    const of = this.#of(name);
    if (of) of.running++;
  }

  ended(span: FinishedSpan): void {
    const of = this.#of(span.name);
    if (!of) return;
    of.running = Math.max(0, of.running - 1);
    if (span.failure !== undefined) {
      of.errors++;
      remember(of.latestErrors, span);
      return;
    }
    const ms = span.endMs - span.startMs;
    const at = latencyBounds.findIndex((bound) => ms < bound);
    const row = at < 0 ? latencyBounds.length : at;
    of.counts[row] = (of.counts[row] ?? 0) + 1;
    remember((of.latest[row] ??= []), span);
  }

  #of(name: string): SpansOfName | undefined {
    let of = this.names.get(name);
    if (!of && this.names.size < maxNames)
      this.names.set(
        name,
        (of = {
          running: 0,
          counts: Array.from({ length: latencyBounds.length + 1 }, () => 0),
          latest: [],
          errors: 0,
          latestErrors: [],
        }),
      );
    return of;
  }
}

function remember(list: FinishedSpan[], span: FinishedSpan): void {
  list.push(span);
  if (list.length > samples) list.shift();
}
