import type { EntrySink, OperatorChain } from './chain.js';
import { LogEntry } from './entry.js';
import type { LineProgram } from './line-program.js';
import type { HeldEntries, Outputs } from './operator.js';
import type { OperatorStep } from './step.js';

const nowhere: EntrySink = () => {};

/** Runs entries through steps. A number behind the last step is the end. */
export class ChainOfSteps implements OperatorChain {
  readonly #steps: OperatorStep[] = [];
  readonly #holding: HeldEntries[] = [];
  /** Of the call that is under way. */
  #sink: EntrySink = nowhere;

  /** Steps are added in their order, before the first entry. */
  add(step: OperatorStep): void {
    this.#steps.push(step);
    if (step.operator.holding) this.#holding.push(step.operator.holding);
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0;
  }

  get program(): LineProgram | undefined {
    const [only] = this.#steps;
    return this.#steps.length === 1 ? only?.program : undefined;
  }

  process(entry: LogEntry, sink: EntrySink): void {
    this.#sink = sink;
    this.#run(0, entry);
  }

  dueAt(): number {
    let due = Infinity;
    for (const holding of this.#holding) due = Math.min(due, holding.dueAt());
    return due;
  }

  flush(now: number, sink: EntrySink): void {
    this.#sink = sink;
    do for (const holding of this.#holding) holding.flush(now);
    // Entries that one hands on may be held by another one.
    while (now === Infinity && this.dueAt() < Infinity);
  }

  oldestHeld(source: object | undefined): number | undefined {
    let oldest: number | undefined;
    for (const holding of this.#holding) {
      const position = holding.oldest(source);
      if (position !== undefined && (oldest === undefined || position < oldest)) oldest = position;
    }
    return oldest;
  }

  /** Hands an entry that a step held on to its outputs. */
  emit(outputs: Outputs, entry: LogEntry): void {
    this.#handOn(outputs, entry);
  }

  #run(first: number, entry: LogEntry): void {
    for (let at = first; ;) {
      const step = this.#steps[at];
      if (step === undefined) return this.#sink(entry);
      const outputs = step.run(entry);
      if (outputs === undefined) return;
      if (outputs.steps.length !== 1) return this.#handOn(outputs, entry);
      at = outputs.steps[0] ?? 0;
    }
  }

  /** The last output takes the entry itself, the others copies. */
  #handOn({ steps }: Outputs, entry: LogEntry): void {
    for (let i = 0; i < steps.length; i++) {
      const last = i === steps.length - 1;
      const own = last ? entry : new LogEntry();
      if (!last) own.startCopy(entry);
      this.#run(steps[i] ?? 0, own);
    }
  }
}
