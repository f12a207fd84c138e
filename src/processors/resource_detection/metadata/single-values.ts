import type { CancelSignal } from '../../../component/cancellation.js';
import { FoundAttributes, type Switched } from '../detection/attributes.js';
import { unavailable, type Detector, type DetectorServices } from '../detection/detector.js';
import type { MetadataClient } from '../../../metadata/clients.js';

type Headers = Readonly<Record<string, string>>;

/** A metadata service with a path for each attribute, all of which an instance has. */
export interface SingleValues<N extends string> {
  /** `the metadata of Tencent Cloud`, for errors. */
  readonly what: string;
  readonly provider: string;
  readonly platform: string;
  readonly paths: readonly (readonly [name: N, path: string])[];
  /** In front of the paths. */
  readonly url: string;
  /** Behind them; default: nothing. */
  readonly suffix?: string;
  /** Header fields of all requests, asked for anew with each attempt. */
  headers?(client: MetadataClient, signal: CancelSignal): Promise<Headers>;
}

type Attribute<N extends string> = N | 'cloud.provider' | 'cloud.platform';

/** The detector of such a service. `fails`: one that cannot be reached is a failure, which is tried again. */
export function singleValues<N extends string>(
  { what, provider, platform, paths, url, suffix = '', headers }: SingleValues<N>,
  options: Switched<Attribute<N>>,
  { clients }: DetectorServices,
  fails: boolean,
): Detector {
  const client = clients.direct();
  return {
    async detect(signal) {
      const found = new FoundAttributes<Attribute<N>>(options)
        .set('cloud.provider', provider)
        .set('cloud.platform', platform);
      try {
        const fields = await headers?.(client, signal);
        for (const [name, path] of paths) {
          const request = { url: `${url}/${path}${suffix}`, ...(fields && { headers: fields }) };
          found.set(name, await client.value(request, signal));
        }
        return found.found();
      } catch (error) {
        return unavailable(what, error, fails);
      }
    },
  };
}
