import { Columns } from '../text/columns.js';
import { FileReader } from './file-reader.js';

/** Reads files of /proc with one buffer and one cursor, which the next file uses again. */
export class ProcFiles {
  readonly reader: FileReader = new FileReader();
  readonly columns: Columns = new Columns();

  /** The content of a file as `parse` reads it. Throws what keeps it from being read, with the file's name. */
  parse<T>(file: string, parse: (columns: Columns) => T): T {
    this.reader.read(file);
    this.columns.open(this.reader.bytes, this.reader.length);
    try {
      return parse(this.columns);
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}
