import { lookup as getaddrinfo, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { systemClock, type Clock } from '../component/clock.js';

/** Threads of Node's pool where `UV_THREADPOOL_SIZE` sets no other number. */
const defaultThreads = 4;
/** A name whose look-up took longer than this must not keep others waiting again, milliseconds. */
const slowMs = 1000;
/** How long a look-up may take where a connection waits for it: as long as a dial, milliseconds. */
const dialMs = 20_000;

export interface NameLookupsOptions {
  /** Look-ups that run at a time. */
  readonly limit: number;
  readonly clock: Clock;
  /** Asks the system, which may take very long and cannot be cancelled. */
  ask(name: string): Promise<readonly LookupAddress[]>;
}

/** A name that is being looked up, for all who want to know. */
interface Question {
  readonly name: string;
  readonly answer: Promise<readonly LookupAddress[]>;
  settle(answer: Promise<readonly LookupAddress[]>): void;
  askers: number;
  begun: boolean;
}

/**
 * All look-ups of host names in this process. getaddrinfo holds a thread of a pool that files and codecs need too, for
 * as long as a name server does not answer. So only a part of the pool is for names, a name is looked up once for all
 * who ask, and names that were slow before have one place less than there are.
 */
export class NameLookups {
  readonly #options: NameLookupsOptions;
  readonly #questions: Map<string, Question> = new Map();
  readonly #slow: Set<string> = new Set();
  #waiting: Question[] = [];
  #running = 0;
  #slowRunning = 0;

  constructor(options: NameLookupsOptions) {
    this.#options = options;
  }

  /**
   * All addresses of a name, at least one. Rejects with the error of getaddrinfo, or with ETIMEOUT after `withinMs`,
   * waiting for a place included.
   */
  find(name: string, withinMs: number = dialMs): Promise<readonly LookupAddress[]> {
    const family = isIP(name);
    if (family !== 0) return Promise.resolve([{ address: name, family }]);
    const question = this.#questions.get(name) ?? this.#question(name);
    question.askers++;
    this.#begin();
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(withinMs, () => {
        this.#leave(question);
        reject(Object.assign(new Error(`lookup ${name}: i/o timeout`), { code: 'ETIMEOUT' }));
      });
      question.answer.then(resolve, reject).finally(cancel);
    });
  }

  /** Look-ups that hold a thread now. */
  get running(): number {
    return this.#running;
  }

  #question(name: string): Question {
    let settle: Question['settle'] = () => {};
    const answer = new Promise<readonly LookupAddress[]>((resolve) => (settle = resolve));
    const question: Question = { name, answer, settle, askers: 0, begun: false };
    this.#questions.set(name, question);
    this.#waiting.push(question);
    return question;
  }

  /** A question that nobody waits for any more is not put. */
  #leave(question: Question): void {
    question.askers--;
    if (question.askers > 0 || question.begun) return;
    this.#questions.delete(question.name);
    this.#waiting = this.#waiting.filter((other) => other !== question);
  }

  #begin(): void {
    while (this.#running < this.#options.limit) {
      const next = this.#waiting.find(({ name }) => !this.#slow.has(name)) ?? this.#nextSlow();
      if (!next) return;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#run(next);
    }
  }

  #nextSlow(): Question | undefined {
    return this.#slowRunning < Math.max(1, this.#options.limit - 1) ? this.#waiting[0] : undefined;
  }

  #run(question: Question): void {
    const { ask, clock } = this.#options;
    const { name } = question;
    const slow = this.#slow.has(name);
    const began = clock.now();
    question.begun = true;
    this.#running++;
    if (slow) this.#slowRunning++;
    const answer = ask(name);
    question.settle(answer);
    const ended = (): void => {
      this.#running--;
      if (slow) this.#slowRunning--;
      this.#questions.delete(name);
      if (clock.now() - began > slowMs) this.#slow.add(name);
      else this.#slow.delete(name);
      this.#begin();
    };
    answer.then(ended, ended);
  }
}

/** The look-ups of this process. */
export const names: NameLookups = new NameLookups({
  limit: Math.max(1, Math.floor((Number(process.env['UV_THREADPOOL_SIZE']) || defaultThreads) / 2)),
  clock: systemClock,
  ask: (name) =>
    new Promise((resolve, reject) => {
      getaddrinfo(name, { all: true }, (error, found) => (error ? reject(error) : resolve(found)));
    }),
});

/** The `lookup` of a connection to a name: a part of `names`, with the name still shown to the peer. */
export const connectLookup: LookupFunction = (name, { family, all }, callback) => {
  names.find(name).then(
    (found) => {
      const wanted = found.filter((each) => (family !== 4 && family !== 6 ? true : each.family === family));
      const [first] = wanted;
      if (!first) callback(Object.assign(new Error(`lookup ${name}: no such host`), { code: 'ENOTFOUND' }), '');
      else if (all) callback(null, wanted);
      else callback(null, first.address, first.family);
    },
    (error: NodeJS.ErrnoException) => callback(error, ''),
  );
};

// Node waits for its threads before it ends, and one of them may wait for a name server for half a minute. A signal
// does not wait: supervisors take the end by SIGTERM, which was asked for, as an orderly one.
process.on('exit', (code) => {
  if (names.running === 0) return;
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, code === 0 ? 'SIGTERM' : 'SIGKILL');
});
