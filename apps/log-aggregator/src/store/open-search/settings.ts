/** Where lines are kept on an OpenSearch or Elasticsearch. */
export interface SearchServer {
  /** Nodes of one cluster, without names and passwords. */
  readonly nodes: readonly string[];
  readonly auth?: { readonly username: string; readonly password: string };
  /** PEM of the authorities that its certificates are checked by; undefined: the system's. */
  readonly ca?: string;
  /** Passwords and lines may travel unencrypted, certificates are not checked. */
  readonly isInsecure: boolean;
  /** What the names of its indexes begin with. */
  readonly prefix: string;
  /** Indexes that are older are deleted by the server itself, whatever the groups' retention says. */
  readonly keptDays?: number;
}

/** What is wrong with the settings, in a sentence without the URL: it may hold a password. */
export class SearchServerError extends Error {}

/** `urls`: one or more nodes with commas between; the first that has a name and a password says them for all. */
export function parseServerUrls(urls: string, isInsecure: boolean): Pick<SearchServer, 'nodes' | 'auth'> {
  let auth: SearchServer['auth'];
  const nodes = urls.split(',').map((text) => {
    const url = URL.parse(text.trim());
    if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
      throw new SearchServerError('takes https URLs of an OpenSearch or Elasticsearch, with commas between');
    if (url.protocol === 'http:' && !isInsecure)
      throw new SearchServerError(
        'takes https only: over http lines and the password can be read by others (LONGSHORE_LOGS_INSECURE=true allows it)',
      );
    if (url.username !== '') auth ??= { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    [url.username, url.password] = ['', ''];
    return url.href.replace(/\/$/, '');
  });
  return { nodes, ...(auth ? { auth } : {}) };
}
