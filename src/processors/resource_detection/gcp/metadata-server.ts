import { readFile } from 'node:fs/promises';
import type { CancelSignal } from '../../../component/cancellation.js';
import type { DetectorServices } from '../detection/detector.js';
import type { MetadataClient } from '../../../metadata/clients.js';
import { StatusError } from '../../../metadata/exchange.js';

const usualHost = '169.254.169.254';
const flavor = { 'metadata-flavor': 'Google' };
/** For the question whether there is a metadata server; the firmware of Google's machines says to wait longer. */
const probeMs = 1000;

/** The metadata server of Google Cloud. */
export class GoogleMetadata {
  readonly #client: MetadataClient;
  readonly #services: DetectorServices;

  constructor(services: DetectorServices) {
    this.#client = services.clients.direct();
    this.#services = services;
  }

  /** Rejects when this machine has no metadata server of Google. */
  async probe(signal: CancelSignal): Promise<void> {
    // To name one is to say that there is one.
    if (this.#named() !== '') return;
    const maker = await readFile(`${this.#services.root}/sys/class/dmi/id/product_name`, 'utf8').catch(() => '');
    const patient = /^Google( Compute Engine)?\s*$/.test(maker);
    const reply = await this.#client.ask(
      { url: `http://${usualHost}/`, ...(!patient && { withinMs: probeMs }) },
      signal,
    );
    if (reply.header('metadata-flavor') !== 'Google') throw new Error('the metadata server is not that of Google');
  }

  /** A value below `/computeMetadata/v1/`; undefined where the server has none. */
  async value(path: string, signal: CancelSignal): Promise<string | undefined> {
    const url = `http://${this.#named() || usualHost}/computeMetadata/v1/${path}`;
    try {
      return (await this.#client.text({ url, headers: flavor }, signal)).trim();
    } catch (error) {
      if (error instanceof StatusError && error.status === 404) return undefined;
      throw error;
    }
  }

  #named(): string {
    return this.#services.env['GCE_METADATA_HOST'] ?? '';
  }
}

/** The last part of `projects/123/zones/us-central1-c`. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The region of a zone. */
export function regionOfZone(zone: string): string {
  return zone.slice(0, Math.max(0, zone.lastIndexOf('-')));
}
