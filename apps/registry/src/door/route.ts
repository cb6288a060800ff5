import type { Scope } from '#lib/kernel';

/** A request of the registry's protocol (https://github.com/opencontainers/distribution-spec), and the right of ECR's that it needs. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | (InRepository & { readonly kind: 'tags' })
  | (InRepository & { readonly kind: 'manifest'; readonly reference: Reference })
  | (InRepository & { readonly kind: 'blob'; readonly digest: string })
  /** `mount` and `from`: of a layer that another repository has. */
  | (InRepository & { readonly kind: 'upload'; readonly mount?: { readonly digest: string; readonly from: string } });

interface InRepository {
  readonly scope: Scope;
  readonly repository: string;
  /** An operation of ECR's API. */
  readonly needs: string;
}

export type Reference = { readonly digest: string } | { readonly tag: string };

const SCOPE = '(\\d{12})/([a-z0-9-]+)';
const NAME = '[a-z0-9]+(?:[._/-]+[a-z0-9]+)*';
const PATH = new RegExp(`^/v2/${SCOPE}/(${NAME})/(manifests|blobs|tags)/(.*)$`);
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/;
const TAG = /^\w[\w.-]{0,127}$/;

const NEEDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  manifest: { GET: 'BatchGetImage', HEAD: 'BatchGetImage', PUT: 'PutImage' },
  blob: { GET: 'GetDownloadUrlForLayer', HEAD: 'BatchCheckLayerAvailability' },
  upload: {
    POST: 'InitiateLayerUpload',
    PATCH: 'UploadLayerPart',
    PUT: 'CompleteLayerUpload',
    GET: 'UploadLayerPart',
    DELETE: 'UploadLayerPart',
  },
  tags: { GET: 'ListImages' },
};

/** Undefined: no such thing. A method that is not there is told from it by `unsupported`. */
export function routeOf(method: string, url: URL): Route | 'unsupported' | undefined {
  const { pathname } = url;
  if (pathname === '/v2/' || pathname === '/v2') return isRead(method) ? { kind: 'base' } : 'unsupported';
  if (pathname === '/v2/_catalog') return method === 'GET' ? { kind: 'catalog' } : 'unsupported';
  const [, accountId, region, repository, what, rest] = PATH.exec(pathname) ?? [];
  if (accountId === undefined) return undefined;
  const kind = kindOf(what!, rest!);
  const needs = kind && NEEDS[kind]![method];
  if (kind === undefined) return undefined;
  if (needs === undefined) return 'unsupported';
  const scope = { accountId, region } as Scope;
  const of = { scope, repository: repository!, needs };
  switch (kind) {
    case 'manifest':
      return { ...of, kind, reference: DIGEST.test(rest!) ? { digest: rest! } : { tag: rest! } };
    case 'blob':
      return { ...of, kind, digest: rest! };
    case 'tags':
      return { ...of, kind };
    case 'upload': {
      const [digest, from] = [url.searchParams.get('mount'), url.searchParams.get('from')];
      return { ...of, kind, ...(digest !== null && from !== null ? { mount: { digest, from } } : {}) };
    }
  }
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

function kindOf(what: string, rest: string): 'manifest' | 'blob' | 'tags' | 'upload' | undefined {
  if (what === 'manifests') return DIGEST.test(rest) || TAG.test(rest) ? 'manifest' : undefined;
  if (what === 'tags') return rest === 'list' ? 'tags' : undefined;
  if (/^uploads\/[\w-]*$/.test(rest)) return 'upload';
  return DIGEST.test(rest) ? 'blob' : undefined;
}
