/** The parts of a container's image. */
export interface Image {
  /** With its registry, without tag and digest. */
  readonly name: string;
  /** `latest` where neither tag nor digest is given. */
  readonly tag: string | undefined;
  /** `sha256:...`. */
  readonly digest: string | undefined;
}

/** Reads `registry:5000/path/name:tag@sha256:...`. */
export function readImage(image: string): Image {
  const at = image.indexOf('@');
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const plain = at < 0 ? image : image.slice(0, at);
  // A colon before the last slash belongs to the registry's port.
  const colon = plain.indexOf(':', plain.lastIndexOf('/') + 1);
  if (colon < 0) return { name: plain, tag: digest === undefined ? 'latest' : undefined, digest };
  return { name: plain.slice(0, colon), tag: plain.slice(colon + 1), digest };
}
