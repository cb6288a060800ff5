/** What a manifest says of an image: https://github.com/opencontainers/image-spec and Docker's schema 2, which are one in this. */
export interface ManifestFacts {
  readonly mediaType: string;
  readonly artifactMediaType?: string;
  /** Of configuration and layers. Of a list: 0, its images have their own. */
  readonly sizeBytes: number;
  /** Of a list: the images that it is of. */
  readonly lists?: readonly string[];
  /** Digests of configuration and layers. */
  readonly blobs: readonly string[];
}

interface Descriptor {
  readonly mediaType?: string;
  readonly size?: number;
  readonly digest?: string;
  readonly artifactType?: string;
}

interface Manifest {
  readonly schemaVersion?: number;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

export const LIST_TYPES: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
export const IMAGE_TYPES: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
export const MANIFEST_TYPES: readonly string[] = [...IMAGE_TYPES, ...LIST_TYPES];

/** Undefined: it is no manifest of a kind that is kept. `mediaType`: what it came as, where it does not say it itself. */
export function readManifest(text: string, mediaType?: string): ManifestFacts | undefined {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  if (typeof manifest !== 'object' || manifest === null || manifest.schemaVersion !== 2) return undefined;
  const type = manifest.mediaType ?? mediaType ?? (manifest.manifests ? LIST_TYPES[0]! : IMAGE_TYPES[0]!);
  if (LIST_TYPES.includes(type) && Array.isArray(manifest.manifests)) {
    return { mediaType: type, sizeBytes: 0, lists: digestsOf(manifest.manifests), blobs: [] };
  }
  if (!IMAGE_TYPES.includes(type) || !manifest.config || !Array.isArray(manifest.layers)) return undefined;
  const parts = [manifest.config, ...manifest.layers];
  const artifactMediaType = manifest.artifactType ?? manifest.config.mediaType;
  return {
    mediaType: type,
    ...(artifactMediaType === undefined ? {} : { artifactMediaType }),
    sizeBytes: parts.reduce((sum, { size = 0 }) => sum + size, 0),
    blobs: digestsOf(parts),
  };
}

const digestsOf = (descriptors: readonly Descriptor[]): readonly string[] =>
  descriptors.flatMap(({ digest }) => (digest === undefined ? [] : [digest]));
