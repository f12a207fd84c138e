import { goLayout } from '../../../formats/time/go-layout.js';
import { TimeText } from '../../../formats/time/time-text.js';

export type ContainerFormat = 'docker' | 'crio' | 'containerd';

/** Docker and containerd write UTC. */
const utcLayout = '2006-01-02T15:04:05.999Z';
const offsetLayout = '2006-01-02T15:04:05.999999999Z07:00';

/** Reads the times of lines where they lie in the bytes. */
export class LineTime {
  seconds = 0;
  nanos = 0;
  /** Why the last time was refused. */
  fault = '';
  readonly #utc = new TimeText(goLayout(utcLayout), utcLayout);
  readonly #withOffset = new TimeText(goLayout(offsetLayout), offsetLayout);

  read(bytes: Buffer, from: number, to: number, format: ContainerFormat): boolean {
    const text = format === 'crio' ? this.#withOffset : this.#utc;
    if (!text.readBytes(bytes, from, to)) {
      this.fault = text.fault;
      return false;
    }
    this.seconds = text.local() - (Number.isNaN(text.offset) ? 0 : text.offset);
    this.nanos = text.nanos;
    return true;
  }
}
