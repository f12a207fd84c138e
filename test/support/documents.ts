import fs from 'node:fs';
import path from 'node:path';

export interface Fenced {
  /** The language behind the fence; empty when none stands there. */
  readonly language: string;
  readonly text: string;
  /** `README.md:12`, the line of its first line. */
  readonly place: string;
}

/** The fenced blocks of a document of Markdown. */
export function fencedBlocks(root: string, document: string): Fenced[] {
  const text = fs.readFileSync(path.join(root, document), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(({ 1: language = '', 2: inside = '', index }) => ({
    language,
    text: inside,
    place: `${document}:${text.slice(0, index).split('\n').length + 1}`,
  }));
}

/** The commands of a block: one in each line, or several lines within quotes; comments are left out. */
export function commandsOf({ text }: Fenced): string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of text.split('\n')) {
    open = open === '' ? line.replace(/\s+#.*$/, '') : `${open}\n${line}`;
    if ((open.split("'").length - 1) % 2 === 1) continue;
    if (open.trim() !== '') commands.push(open.trim());
    open = '';
  }
  return commands;
}
