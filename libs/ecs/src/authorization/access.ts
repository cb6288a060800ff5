import { isMalformed, parsePolicyDocument, type Policies, type Policy } from '#lib/access';
import type { AccessKey } from '../model/accounts.js';
import { refusals } from '../model/refusals.js';
import { ROLES } from './roles.js';

/** What a key may do. With a policy the role is its boundary: a policy never gives more than the role. */
export type Access = Policies;

const RESOURCE_TAG = 'aws:resourcetag/';

/** The condition keys that requests to ECS have here; lower case. */
const isConditionKey = (key: string): boolean =>
  ['ecs:cluster', 'aws:tagkeys', 'aws:principalarn'].includes(key) || /^aws:(request|resource)tag\/./.test(key);

const NOTHING: Policy = { statements: [] };

/** Of a role that nobody has given any right. */
export const NO_ACCESS: Access = { identity: NOTHING };

export function accessOf({ role = 'admin', policy: text }: Pick<AccessKey, 'role' | 'policy'>): Access {
  // A role of a newer version of Longshore gives nothing here.
  const ofRole = Object.hasOwn(ROLES, role) ? ROLES[role] : NOTHING;
  if (text === undefined) return { identity: ofRole };
  const policy = parsePolicyDocument(text, isConditionKey);
  return { identity: isMalformed(policy) ? NOTHING : policy, ...(role === 'admin' ? {} : { boundary: ofRole }) };
}

/** Refuses a document that could not be honoured, in IAM's way. */
export function checkPolicy(text: string): void {
  const policy = parsePolicyDocument(text, isConditionKey);
  if (!isMalformed(policy)) return;
  throw refusals.of('MalformedPolicyDocument', policy.malformed);
}

/** Whether a document can be honoured. */
export const isReadable = (text: string): boolean => !isMalformed(parsePolicyDocument(text, isConditionKey));

/** Then the tags of what the request names have to be known. */
export const asksForResourceTags = ({ identity }: Access): boolean =>
  identity.statements.some(({ conditions }) => conditions.some(({ key }) => key.startsWith(RESOURCE_TAG)));
