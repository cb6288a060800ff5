import { hashId } from '#lib/kernel';
import type { Action, Listener, RedirectConfig, Transform } from '../domain/model.js';
import { errorPage, literal, quoted, SERVER_HEADER } from './config-text.js';

/** What an action of a rule becomes: lines for the frontend, of which each ends in `when`, and the files that they name. */
export interface Answer {
  readonly lines: readonly string[];
  readonly files: ReadonlyMap<string, string>;
}

/** An answer that the load balancer gives itself; undefined for a forward. */
export function answerOf(action: Action, listener: Listener, when: string): Answer | undefined {
  if (action.Type === 'fixed-response') return fixedResponse(action.FixedResponseConfig!, when);
  if (action.Type === 'redirect') return redirect(action.RedirectConfig!, listener, when);
  return undefined;
}

function fixedResponse(
  { StatusCode, ContentType = 'text/plain', MessageBody = '' }: NonNullable<Action['FixedResponseConfig']>,
  when: string,
) {
  const head = `http-request return status ${StatusCode} hdr Server ${SERVER_HEADER}`;
  if (MessageBody === '') return { lines: [`${head} ${when}`], files: new Map<string, string>() };
  // In a file: a body may have line breaks, which no word of the configuration can have.
  const file = `body-${hashId(MessageBody).slice(0, 16)}.txt`;
  return { lines: [`${head} content-type ${quoted(ContentType)} file ${file} ${when}`], files: new Map([[file, MessageBody]]) };
}

const REDIRECT_TITLES = { HTTP_301: '301 Moved Permanently', HTTP_302: '302 Found' } as const;

function redirect(config: RedirectConfig, listener: Listener, when: string): Answer {
  const { Protocol, Port, Host, Path, Query, StatusCode } = config;
  const scheme = listener.protocol.toLowerCase();
  const expand = (text: string) =>
    literal(text)
      .replaceAll('#{protocol}', scheme)
      .replaceAll('#{host}', '%[req.hdr(host),host_only]')
      .replaceAll('#{port}', String(listener.port))
      .replaceAll('/#{path}', '%[path]')
      .replaceAll('#{path}', '%[path,regsub(^/,)]')
      .replaceAll('#{query}', '%[query]');
  const protocol = Protocol === '#{protocol}' ? scheme : Protocol.toLowerCase();
  const base = `${protocol}://${expand(Host)}:${expand(Port)}${expand(Path)}`;
  const title = REDIRECT_TITLES[StatusCode];
  const answer = (location: string, condition: string) =>
    `http-request return status ${title.slice(0, 3)} content-type text/html file ${file} ` +
    `hdr Server ${SERVER_HEADER} hdr Location ${quoted(location)} ${condition}`;
  const page = errorPage(title);
  const file = `body-${hashId(page).slice(0, 16)}.txt`;
  // Without a query there is no question mark either.
  const lines =
    Query === ''
      ? [answer(base, when)]
      : Query === '#{query}'
        ? [answer(`${base}?%[query]`, `${when} { query -m len gt 0 }`), answer(base, when)]
        : [answer(`${base}?${expand(Query)}`, when)];
  return { lines, files: new Map([[file, page]]) };
}

/** A rule's rewrites of what its targets get to see. */
export function transformLines(transforms: readonly Transform[], when: string): readonly string[] {
  return transforms.flatMap(({ HostHeaderRewriteConfig, UrlRewriteConfig }) => [
    ...(HostHeaderRewriteConfig?.Rewrites ?? []).map(
      (rewrite) => `http-request set-header Host ${quoted(`%[req.hdr(host),${regsub(rewrite)}]`)} ${when}`,
    ),
    ...(UrlRewriteConfig?.Rewrites ?? []).map(
      (rewrite) => `http-request set-pathq ${quoted(`%[pathq,${regsub(rewrite)}]`)} ${when}`,
    ),
  ]);
}

/** ELB's `$1` is HAProxy's `\1`. A converter's argument may be in double quotes, in which only these two need to be escaped. */
const regsub = ({ Regex, Replace }: { readonly Regex: string; readonly Replace: string }): string =>
  `regsub(${inArgument(Regex)},${inArgument(Replace.replace(/\$(\d)/g, '\\$1'))})`;
const inArgument = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;
