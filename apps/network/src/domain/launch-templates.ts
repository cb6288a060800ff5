import { refuse } from '#lib/kernel';
import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues } from './filters.js';
import { idOf, type LaunchTemplate, type LaunchTemplateVersion } from './model.js';
import type { Network } from './network.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

const MOST_TEMPLATES = 1_000;
/** Kept with the template; EC2 keeps 10,000. */
const MOST_VERSIONS = 100;
const MOST_DATA_CHARACTERS = 64_000;

interface NamesTemplate {
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateName?: string;
}

function templateOf(network: Network, { LaunchTemplateId, LaunchTemplateName }: NamesTemplate): LaunchTemplate {
  if (LaunchTemplateId !== undefined && LaunchTemplateName !== undefined)
    throw refusals.combination('Specify either a launch template ID or a launch template name, and not both.');
  if (LaunchTemplateId !== undefined) return network.get('launch-template', LaunchTemplateId);
  const name = required(LaunchTemplateName, 'LaunchTemplateName');
  const found = network.all('launch-template').find((one) => one.name === name);
  if (!found) {
    const code = 'InvalidLaunchTemplateName.NotFoundException';
    throw refuse(code, `The specified launch template, with template name ${name}, does not exist.`);
  }
  return found;
}

/** `3`, `$Latest`, `$Default`; refuses what there is none of. */
function versionOf(template: LaunchTemplate, asked: string): LaunchTemplateVersion {
  const number =
    asked === '$Latest'
      ? template.latestVersion
      : asked === '$Default'
        ? template.defaultVersion
        : /^\d+$/.test(asked)
          ? Number(asked)
          : 0;
  const found = template.versions.find((version) => version.number === number);
  if (found) return found;
  throw refuse('InvalidLaunchTemplateId.VersionNotFound', `Could not find launch template version ${asked} of ${template.id}`);
}

interface DataInput {
  readonly LaunchTemplateData?: Readonly<Record<string, unknown>>;
  readonly VersionDescription?: string;
}

/** What an instance would be made with: hosts are made of none of it here, so it is kept and told as it was given. */
function newVersion(
  number: number,
  { LaunchTemplateData, VersionDescription }: DataInput,
  source: LaunchTemplateVersion | undefined,
  { at: createdAt, principal: createdBy }: { readonly at: string; readonly principal: string },
): LaunchTemplateVersion {
  const data = { ...source?.data, ...required(LaunchTemplateData, 'LaunchTemplateData') };
  if (JSON.stringify(data).length > MOST_DATA_CHARACTERS)
    throw refuse('InvalidUserData.Malformed', `A launch template has at most ${MOST_DATA_CHARACTERS} characters of data.`);
  return { number, ...(VersionDescription ? { description: VersionDescription } : {}), data, createdAt, createdBy };
}

interface CreateInput extends NamesTemplate, DataInput {
  readonly TagSpecifications?: readonly TagSpecification[];
}

const resourceOf = (events: readonly { readonly data: unknown }[]) =>
  (events.at(-1)!.data as { resource: LaunchTemplate }).resource;

const createLaunchTemplate = change<CreateInput>(
  (network, input, context) => {
    const name = required(input.LaunchTemplateName, 'LaunchTemplateName');
    if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name)) {
      const why = 'It must have between 3 and 128 letters, numbers and ( ) . - / _ characters.';
      throw refuse(
        'InvalidLaunchTemplateName.MalformedException',
        `The launch template name '${name.slice(0, 150)}' is invalid. ${why}`,
      );
    }
    const all = network.all('launch-template');
    if (all.some((one) => one.name === name))
      throw refuse('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
    if (all.length >= MOST_TEMPLATES) throw refusals.limit('LaunchTemplateLimitExceeded', 'launch templates');
    const { accountId, region } = context;
    return [
      created({
        accountId,
        region,
        kind: 'launch-template',
        id: idOf('launch-template', context.id('launch-template')),
        tags: tagsFor('launch-template', input.TagSpecifications),
        name,
        defaultVersion: 1,
        latestVersion: 1,
        versions: [newVersion(1, input, undefined, context)],
      }),
    ];
  },
  (_network, _input, events) => ({ LaunchTemplate: templateView(resourceOf(events)) }),
);

const createLaunchTemplateVersion = change<NamesTemplate & DataInput & { readonly SourceVersion?: string }>(
  (network, input, context) => {
    const template = templateOf(network, input);
    const source = input.SourceVersion === undefined ? undefined : versionOf(template, input.SourceVersion);
    const latestVersion = template.latestVersion + 1;
    const versions = [...template.versions, newVersion(latestVersion, input, source, context)];
    // The oldest makes room, unless it is the default.
    const oldest =
      versions.length > MOST_VERSIONS ? versions.find(({ number }) => number !== template.defaultVersion) : undefined;
    return [changed({ ...template, latestVersion, versions: versions.filter((one) => one !== oldest) })];
  },
  (_network, _input, events) => {
    const template = resourceOf(events);
    return { LaunchTemplateVersion: versionView(template, versionOf(template, '$Latest')) };
  },
);

const modifyLaunchTemplate = change<NamesTemplate & { readonly DefaultVersion?: string }>(
  (network, input) => {
    const template = templateOf(network, input);
    const { number: defaultVersion } = versionOf(template, required(input.DefaultVersion, 'SetDefaultVersion'));
    return defaultVersion === template.defaultVersion ? [] : [changed({ ...template, defaultVersion })];
  },
  (network, input) => ({ LaunchTemplate: templateView(templateOf(network, input)) }),
);

const deleteLaunchTemplate = change<NamesTemplate>(
  (network, input) => [deleted(templateOf(network, input))],
  (_network, { LaunchTemplateId, LaunchTemplateName }) => ({ LaunchTemplate: { LaunchTemplateId, LaunchTemplateName } }),
);

const deleteLaunchTemplateVersions = change<NamesTemplate & { readonly Versions?: readonly string[] }>(
  (network, input) => {
    const template = templateOf(network, input);
    const gone = required(input.Versions, 'LaunchTemplateVersion').map((asked) => versionOf(template, asked).number);
    if (gone.includes(template.defaultVersion))
      throw refusals.invalid(
        `${template.defaultVersion}`,
        'versions',
        'The default version of a launch template stays; make another one the default first.',
      );
    const versions = template.versions.filter(({ number }) => !gone.includes(number));
    return [changed({ ...template, versions, latestVersion: template.latestVersion })];
  },
  (_network, { LaunchTemplateId, LaunchTemplateName, Versions = [] }) => ({
    SuccessfullyDeletedLaunchTemplateVersions: Versions.map((version) => ({
      LaunchTemplateId,
      LaunchTemplateName,
      VersionNumber: Number(version),
    })),
    UnsuccessfullyDeletedLaunchTemplateVersions: [],
  }),
);

const FILTERS: FilterValues<LaunchTemplate> = {
  'create-time': ({ versions }) => versions[0]?.createdAt,
  'launch-template-name': ({ name }) => name,
};

interface DescribeTemplatesInput extends DescribeInput {
  readonly LaunchTemplateIds?: readonly string[];
  readonly LaunchTemplateNames?: readonly string[];
}

const describeLaunchTemplates = read<DescribeTemplatesInput>((network, input) => {
  const { LaunchTemplateIds = [], LaunchTemplateNames = [], ...rest } = input;
  const byName = LaunchTemplateNames.map((name) => templateOf(network, { LaunchTemplateName: name }).id);
  const { items, NextToken } = described(network, 'launch-template', [...LaunchTemplateIds, ...byName], rest, FILTERS);
  return { LaunchTemplates: items.map(templateView), NextToken };
});

interface DescribeVersionsInput extends NamesTemplate {
  readonly Versions?: readonly string[];
  readonly MinVersion?: string;
  readonly MaxVersion?: string;
}

/** Of one template; without one, `$Latest` and `$Default` of all. */
const describeLaunchTemplateVersions = read<DescribeVersionsInput>((network, input) => {
  const { Versions = [], MinVersion, MaxVersion } = input;
  const isNamed = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
  const templates = isNamed ? [templateOf(network, input)] : network.all('launch-template');
  if (!isNamed) required(Versions[0], 'LaunchTemplateVersion');
  return {
    LaunchTemplateVersions: templates.flatMap((template) => {
      const asked = Versions.length > 0 ? Versions.map((each) => versionOf(template, each)) : template.versions;
      const isWithin = ({ number }: LaunchTemplateVersion) =>
        number >= Number(MinVersion ?? 0) && number <= Number(MaxVersion ?? Infinity);
      return asked.filter(isWithin).map((version) => versionView(template, version));
    }),
  };
});

const templateView = ({ id, name, versions, defaultVersion, latestVersion, tags }: LaunchTemplate) => ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
  CreateTime: versions[0]?.createdAt,
  CreatedBy: versions[0]?.createdBy,
  DefaultVersionNumber: defaultVersion,
  LatestVersionNumber: latestVersion,
  Tags: tagList(tags),
});

const versionView = ({ id, name, defaultVersion }: LaunchTemplate, version: LaunchTemplateVersion) => ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
  VersionNumber: version.number,
  ...(version.description === undefined ? {} : { VersionDescription: version.description }),
  CreateTime: version.createdAt,
  CreatedBy: version.createdBy,
  DefaultVersion: version.number === defaultVersion,
  LaunchTemplateData: version.data,
});

export const launchTemplateCommands: CommandRules = {
  CreateLaunchTemplate: createLaunchTemplate,
  CreateLaunchTemplateVersion: createLaunchTemplateVersion,
  ModifyLaunchTemplate: modifyLaunchTemplate,
  DeleteLaunchTemplate: deleteLaunchTemplate,
  DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
};
export const launchTemplateQueries: QueryRules = {
  DescribeLaunchTemplates: describeLaunchTemplates,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
};
