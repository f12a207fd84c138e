import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A `journalctl` of a test, and the journal that it shows. */
export class FakeJournal {
  readonly folder: string = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-journal-'));
  /** The program. */
  readonly program: string = path.join(this.folder, 'journalctl');
  readonly #journal: string = path.join(this.folder, 'journal');
  #entries = 0;

  constructor() {
    fs.writeFileSync(this.#journal, '');
    fs.writeFileSync(
      this.program,
      `#!/bin/sh
echo "$$ $*" >> '${this.folder}/calls'
cursor=
while [ $# -gt 0 ]; do [ "$1" = --after-cursor ] && cursor=$2; shift; done
line=0
[ -n "$cursor" ] && line=$(grep -n -F "\\"$cursor\\"" '${this.#journal}' | head -1 | cut -d: -f1)
echo 'a word of the program' >&2
exec tail -n +$((line + 1)) -f '${this.#journal}'
`,
      { mode: 0o755 },
    );
  }

  /** Adds entries; returns the cursor of the last one. */
  add(...entries: readonly object[]): string {
    let cursor = '';
    for (const entry of entries) {
      cursor = `s=1;i=${(++this.#entries).toString(16)}`;
      this.addLine(
        JSON.stringify({
          __CURSOR: cursor,
          __REALTIME_TIMESTAMP: String(1_700_000_000_000_000 + this.#entries),
          ...entry,
        }),
      );
    }
    return cursor;
  }

  addLine(line: string): void {
    fs.appendFileSync(this.#journal, `${line}\n`);
  }

  /** The arguments of each call so far, and the number of its process. */
  calls(): readonly { readonly pid: number; readonly args: string }[] {
    const file = path.join(this.folder, 'calls');
    if (!fs.existsSync(file)) return [];
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => ({ pid: Number(line.split(' ')[0]), args: line.slice(line.indexOf(' ') + 1) }));
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
