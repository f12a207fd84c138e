import { Backing } from '../view/backing.js';
import { DictionaryView } from '../view/dictionary.js';
import { at32 } from '../wire/at.js';
import { kept, withRoom } from '../wire/numbers.js';

/** Where the texts of a request's dictionary stand, by their number; what is not there is empty. */
export class StringTable {
  readonly #backing: Backing = new Backing();
  readonly #dictionary: DictionaryView = new DictionaryView();
  #places: Int32Array = new Int32Array(1024);
  #used = 0;

  /** Reads the texts of a request for profiles. */
  open(bytes: Uint8Array): this {
    this.#backing.bytes = bytes;
    this.#places = kept(this.#places);
    this.#used = 0;
    for (const strings = this.#dictionary.open(this.#backing).stringTable(); strings.next();) {
      this.#places = withRoom(this.#places, this.#used + 2);
      this.#places[this.#used++] = strings.value.start;
      this.#places[this.#used++] = strings.value.end;
    }
    this.#backing.drop();
    return this;
  }

  from(number: number): number {
    return this.#at(number * 2);
  }

  to(number: number): number {
    return this.#at(number * 2 + 1);
  }

  #at(place: number): number {
    return place >= 0 && place < this.#used ? at32(this.#places, place) : 0;
  }
}
