import type { Policy, Statement } from '#lib/access';
import type { AccessRole } from '../model/accounts.js';

/** What each role may do, as policies: `docs/operations.md` says the same in words. */
const statement = (effect: Statement['effect'], actions: readonly string[]): Statement => ({
  effect,
  actions: { negated: false, patterns: actions },
  resources: { negated: false, patterns: ['*'] },
  conditions: [],
});

const READS = [
  'ecs:Describe*',
  'ecs:List*',
  'ecs:Get*',
  'elasticloadbalancing:Describe*',
  'elasticloadbalancing:Get*',
  'servicediscovery:Get*',
  'servicediscovery:List*',
  'servicediscovery:Discover*',
  'ec2:Describe*',
  'acm:Describe*',
  'acm:Get*',
  'acm:List*',
  'route53:Get*',
  'route53:List*',
  // What there is; no data keys, and nothing is decrypted.
  'kms:Describe*',
  'kms:Get*',
  'kms:List*',
  'events:Describe*',
  'events:List*',
  'scheduler:Get*',
  'scheduler:List*',
  'longshore:ListLoadBalancers',
  'cloudwatch:Describe*',
  'cloudwatch:Get*',
  'cloudwatch:List*',
  'logs:Describe*',
  'logs:List*',
  'logs:Get*',
  'logs:FilterLogEvents',
  'logs:StartQuery',
  'logs:StopQuery',
  'logs:StartLiveTail',
  'logs:TestMetricFilter',
  // What there is, and no values: AWS's ReadOnlyAccess has none of Secrets Manager either.
  'secretsmanager:Describe*',
  'secretsmanager:List*',
  'secretsmanager:GetResourcePolicy',
  'secretsmanager:GetRandomPassword',
  'ssm:DescribeParameters',
  'ssm:ListTagsForResource',
  // AWS's AmazonEC2ContainerRegistryReadOnly, which pulls.
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:Describe*',
  'ecr:Get*',
  'ecr:List*',
  'iam:Get*',
  'iam:List*',
  'longshore:ReadEvents',
  'longshore:ReadLoadBalancingEvents',
  'longshore:ReadScalingEvents',
  'longshore:Explain',
  'longshore:ExplainConnection',
  'longshore:ExplainBalancing',
  'longshore:ExplainScaling',
  'longshore:SearchLogs',
  'longshore:TailLogs',
  'longshore:ReadMetrics',
  'longshore:ReadUsage',
  'longshore:SearchMetrics',
];

export const ROLES: Readonly<Record<AccessRole, Policy>> = {
  admin: { statements: [statement('Allow', ['*'])] },
  /**
   * No keys and no accounts: longshore's other operations are theirs, and an account's settings hold for all of its keys. That it
   * registers and runs nothing that reaches into hosts is decided where a task definition is known (`accounts/host-access.ts`).
   */
  deploy: {
    statements: [
      statement('Allow', [
        'ecs:*',
        'elasticloadbalancing:*',
        'servicediscovery:*',
        'acm:*',
        'route53:*',
        'events:*',
        'scheduler:*',
        'ec2:*',
        'cloudwatch:*',
        'logs:*',
        'secretsmanager:*',
        'ssm:*',
        'kms:*',
        'ecr:*',
        ...READS,
      ]),
      statement('Deny', ['ecs:PutAccountSetting', 'ecs:PutAccountSettingDefault', 'ecs:DeleteAccountSetting']),
    ],
  },
  read: { statements: [statement('Allow', READS)] },
};
