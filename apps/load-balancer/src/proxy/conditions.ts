import type { Condition, TextPatterns } from '../domain/model.js';
import { quoted } from './config-text.js';
import { hasWildcards, regexOf, sourceOf } from './wildcards.js';

/** A rule's conditions as anonymous ACLs, all of which must hold; one of the patterns in each. */
export const aclsOf = (conditions: readonly Condition[]): string => conditions.flatMap(aclOf).join(' ');

function aclOf(condition: Condition): readonly string[] {
  switch (condition.Field) {
    case 'host-header':
      // ELB compares hosts without regard to case, and without the port.
      return [textAcl('req.hdr(host),host_only', condition.HostHeaderConfig, '-i ')];
    case 'path-pattern':
      return [textAcl('path', condition.PathPatternConfig)];
    case 'http-header': {
      const { HttpHeaderName, ...patterns } = condition.HttpHeaderConfig!;
      return [textAcl(`req.fhdr(${HttpHeaderName})`, patterns, '-i ')];
    }
    case 'http-request-method':
      return [acl('method', '-m str', condition.HttpRequestMethodConfig!.Values)];
    case 'query-string':
      return [acl('query', '-m reg -i', condition.QueryStringConfig!.Values.map(queryRegex))];
    case 'source-ip':
      return [acl('src', '-m ip', condition.SourceIpConfig!.Values)];
  }
}

const acl = (fetch: string, match: string, patterns: readonly string[]): string =>
  `{ ${fetch} ${match} -- ${patterns.map(quoted).join(' ')} }`;

function textAcl(fetch: string, { Values = [], RegexValues = [] }: TextPatterns = {}, flags = ''): string {
  if (RegexValues.length > 0) return acl(fetch, `-m reg ${flags}`.trim(), RegexValues);
  // One kind of match an ACL: a plain text among patterns is a pattern too.
  return Values.some(hasWildcards)
    ? acl(
        fetch,
        `-m reg ${flags}`.trim(),
        Values.map((value) => regexOf(value)),
      )
    : acl(fetch, `-m str ${flags}`.trim(), Values);
}

/** One parameter of the query, as it stands in the URL; without regard to case, as ELB compares it. */
const queryRegex = ({ Key, Value }: { readonly Key?: string; readonly Value: string }): string =>
  `(^|&)${Key === undefined ? '[^=&]*' : sourceOf(Key, '[^=&]')}=${sourceOf(Value, '[^&]')}(&|$)`;
