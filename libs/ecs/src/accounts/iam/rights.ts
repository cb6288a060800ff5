import { statementsIn } from '#lib/access';
import { isReadable } from '../../authorization/access.js';
import type { IamRole } from '../../model/iam.js';
import type { EcsState } from '../../model/state.js';

/**
 * One document of all that a role's policies say. A statement that cannot be read here (it names what only AWS has) gives nothing; one that
 * denies and cannot be read takes everything away, for what it means is not known. AWS's managed policies give nothing: they are about
 * services that are not here. Undefined: nobody has given the role any right.
 */
export function policyOfRole(state: EcsState, role: IamRole): string | undefined {
  const managed = role.attached.flatMap((arn) => {
    const policy = state.iamPolicies.get(arn);
    const version = policy?.versions.find(({ versionId }) => versionId === policy.defaultVersionId);
    return version && policy?.accountId === role.accountId ? [version.document] : [];
  });
  const statements = [...Object.values(role.policies), ...managed].flatMap((document) => statementsIn(document) ?? []);
  const readable = statements.filter((statement) => isReadable(documentWith([statement])));
  if (readable.length === 0 || statements.some((one) => !readable.includes(one) && one.Effect !== 'Allow')) return undefined;
  return documentWith(readable);
}

const documentWith = (statements: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });
