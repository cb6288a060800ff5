import type { OwnerQuestions } from '#lib/app';
import type { Clock, Random } from '#lib/platform';
import type { AutoScalingGroup, GroupId } from '../domain/groups/model.js';
import { groupKey } from '../domain/groups/names.js';
import type { ScalingState } from '../domain/state.js';
import { clusterInUserData } from './domain/user-data.js';

interface Template {
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateName?: string;
  readonly Version?: string;
}

interface Launch {
  readonly LaunchConfigurationName?: string;
  readonly LaunchTemplate?: Template;
  readonly MixedInstancesPolicy?: { readonly LaunchTemplate?: { readonly LaunchTemplateSpecification?: Template } };
}

interface Versions {
  readonly LaunchTemplateVersions: readonly { readonly LaunchTemplateData?: { readonly UserData?: string } }[];
}

/** A template may have a new version at any time, and a group waits no longer for it than this. */
const ASK_EVERY_MS = 5_000;
const WAIT_MS = 1_500;
const NOT_THERE = new Set([
  'InvalidLaunchTemplateName.NotFoundException',
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.Malformed',
  'InvalidLaunchTemplateId.VersionNotFound',
]);

/** What the launch configurations of groups say, and their launch templates, which the network has: of groups of which nobody else says the cluster. */
export class LaunchTemplates {
  private readonly asked = new Map<string, { readonly cluster: string | undefined; readonly atMs: number }>();

  constructor(
    private readonly scaling: { readonly state: Pick<ScalingState, 'launchConfigurations'> },
    private readonly questions: Pick<OwnerQuestions, 'ask'>,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** Undefined: the user data names none, or the network cannot be asked now. */
  async clusterOf(group: AutoScalingGroup): Promise<string | undefined> {
    const { accountId, region } = group;
    const launch = group.settings.launch as Launch;
    const { LaunchConfigurationName: configuration } = launch;
    if (configuration !== undefined) return this.clusterOfConfiguration({ accountId, region, name: configuration });
    const template = launch.LaunchTemplate ?? launch.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
    if (!template) return undefined;
    const nowMs = this.clock.monotonicMs();
    for (const [key, { atMs }] of this.asked) if (nowMs - atMs >= ASK_EVERY_MS) this.asked.delete(key);
    const before = this.asked.get(groupKey(group));
    if (before) return before.cluster;
    const { Version = '$Default', ...named } = template;
    const answer = await this.questions.ask<Versions>(
      {
        service: 'ec2',
        operation: 'DescribeLaunchTemplateVersions',
        // Of a template that is named twice the id counts.
        input: {
          ...(named.LaunchTemplateId === undefined
            ? { LaunchTemplateName: named.LaunchTemplateName }
            : { LaunchTemplateId: named.LaunchTemplateId }),
          Versions: [Version],
        },
        owner: 'the network',
        about: 'launch template',
      },
      NOT_THERE,
      {
        requestId: this.random.hex(16),
        principal: `arn:aws:iam::${accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
        accountId,
        region,
        deadlineAtMs: nowMs + WAIT_MS,
        revisions: {},
      },
    );
    const data = 'output' in answer ? answer.output?.LaunchTemplateVersions[0]?.LaunchTemplateData?.UserData : undefined;
    const cluster = data === undefined ? undefined : clusterInUserData(data);
    this.asked.set(groupKey(group), { cluster, atMs: nowMs });
    return cluster;
  }

  /** One that was made before launch configurations were kept is not there. */
  private clusterOfConfiguration(id: GroupId): string | undefined {
    const userData = this.scaling.state.launchConfigurations.get(groupKey(id))?.settings.UserData;
    return userData === undefined ? undefined : clusterInUserData(userData);
  }
}
