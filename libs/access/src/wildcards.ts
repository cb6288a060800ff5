/** Whether `text` is what `pattern` says: `*` is any number of characters, `?` exactly one. Linear: no pattern can make it slow. */
export function matchesWildcards(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  /** Where the newest star is, and how much of the text it has taken so far. */
  let [star, taken] = [-1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') [star, taken, p] = [p, t, p + 1];
    else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) [p, t] = [p + 1, t + 1];
    else if (star >= 0) [p, t] = [star + 1, ++taken];
    else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

const COMPONENTS = 6;

/** The six colon-separated components; the last may have colons in it. */
function componentsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= COMPONENTS ? parts : [...parts.slice(0, COMPONENTS - 1), parts.slice(COMPONENTS - 1).join(':')];
}

/** ArnLike: each of the six components is compared by itself, so that a wildcard never reaches over a colon before the last one. */
export function matchesArn(pattern: string, arn: string): boolean {
  const [wanted, given] = [componentsOf(pattern), componentsOf(arn)];
  return (
    wanted.length === COMPONENTS &&
    given.length === COMPONENTS &&
    wanted.every((component, at) => matchesWildcards(component, given[at]!))
  );
}

/**
 * Of the Resource element: `*` is everything, and an ARN with fewer than six components is completed with wildcards
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
 */
export function matchesResource(pattern: string, resource: string): boolean {
  if (pattern === '*') return true;
  if (!resource.startsWith('arn:')) return matchesWildcards(pattern, resource);
  const components = componentsOf(pattern);
  const missing = Array.from({ length: COMPONENTS - components.length }, () => '*');
  return matchesArn([...components, ...missing].join(':'), resource);
}
