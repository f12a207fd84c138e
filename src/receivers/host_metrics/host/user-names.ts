import fs from 'node:fs';
import type { ProcFiles } from './proc-files.js';

const colon = 58;

/** Names of users by number, from `etc/passwd`, which is read again when it has changed. */
export class UserNames {
  readonly #files: ProcFiles;
  readonly #file: string;
  #names: ReadonlyMap<number, string> = new Map();
  #readAt = Number.NaN;

  constructor(files: ProcFiles, file: string) {
    this.#files = files;
    this.#file = file;
  }

  /** Before the names of a scrape are asked for. Without the file no user has a name. */
  refresh(): void {
    try {
      const changedAt = fs.statSync(this.#file).mtimeMs;
      if (changedAt === this.#readAt) return;
      this.#names = this.#files.parse(this.#file, (columns) => {
        const names = new Map<number, string>();
        while (columns.nextLine()) {
          if (!columns.nextColumnUntil(colon)) continue;
          const name = columns.text();
          if (!columns.nextColumnUntil(colon) || !columns.nextColumnUntil(colon)) continue;
          const user = columns.whole();
          // The first name of a number is the one that counts.
          if (user !== undefined && !names.has(Number(user))) names.set(Number(user), name);
        }
        return names;
      });
      this.#readAt = changedAt;
    } catch {
      this.#names = new Map();
      this.#readAt = Number.NaN;
    }
  }

  of(user: number): string | undefined {
    return this.#names.get(user);
  }
}
