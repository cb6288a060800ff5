import { refuse } from '#lib/kernel';
import { type DescribeInput, filtered, type FilterValues } from './filters.js';
import { type QueryRules, read } from './rule-types.js';

/**
 * Types of instances, as far as their names say what they are: launch templates and files for hosts look them up. No host is made of one.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html
 */
const GIB = 1_024;
const SIZES: Readonly<Record<string, number>> = {
  medium: 1,
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
  '8xlarge': 32,
  '12xlarge': 48,
  '16xlarge': 64,
  '24xlarge': 96,
};
/** vCPUs and GiB of those that are paid by what they use. */
const BURSTABLE_SIZES: Readonly<Record<string, readonly [vCpus: number, gib: number]>> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  '2xlarge': [8, 32],
};
const T2_SIZES = { ...BURSTABLE_SIZES, nano: [1, 0.5], micro: [1, 1], small: [1, 2] } as const;
const BURSTABLE: Readonly<Record<string, typeof BURSTABLE_SIZES>> = {
  t2: T2_SIZES,
  t3: BURSTABLE_SIZES,
  t3a: BURSTABLE_SIZES,
  t4g: BURSTABLE_SIZES,
};
/** GiB a vCPU. */
const FAMILIES: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8 };
const GENERATIONS = ['5', '5a', '6i', '6a', '6g', '7i', '7a', '7g'];

interface InstanceType {
  readonly name: string;
  readonly vCpus: number;
  readonly memoryMiB: number;
  readonly isBurstable: boolean;
  readonly architecture: 'x86_64' | 'arm64';
  readonly tags: Readonly<Record<string, string>>;
}

const architectureOf = (family: string) => (family.endsWith('g') ? 'arm64' : 'x86_64');

const TYPES: readonly InstanceType[] = [
  ...Object.entries(BURSTABLE).flatMap(([family, sizes]) =>
    Object.entries(sizes).map(([size, [vCpus, gib]]) => ({
      name: `${family}.${size}`,
      vCpus,
      memoryMiB: gib * GIB,
      isBurstable: true,
      architecture: architectureOf(family),
      tags: {},
    })),
  ),
  ...Object.entries(FAMILIES).flatMap(([letter, gibOfEach]) =>
    GENERATIONS.map((generation) => `${letter}${generation}`).flatMap((family) =>
      Object.entries(SIZES)
        // Graviton alone has instances of one vCPU.
        .filter(([, vCpus]) => vCpus > 1 || architectureOf(family) === 'arm64')
        .map(([size, vCpus]) => ({
          name: `${family}.${size}`,
          vCpus,
          memoryMiB: vCpus * gibOfEach * GIB,
          isBurstable: false,
          architecture: architectureOf(family),
          tags: {},
        })),
    ),
  ),
] as readonly InstanceType[];

const FILTERS: FilterValues<InstanceType> = {
  'bare-metal': () => 'false',
  'burstable-performance-supported': ({ isBurstable }) => String(isBurstable),
  'current-generation': () => 'true',
  'instance-type': ({ name }) => name,
  'memory-info.size-in-mib': ({ memoryMiB }) => String(memoryMiB),
  'processor-info.supported-architecture': ({ architecture }) => architecture,
  'supported-usage-class': () => ['on-demand', 'spot'],
  'vcpu-info.default-vcpus': ({ vCpus }) => String(vCpus),
};

interface DescribeTypesInput extends Pick<DescribeInput, 'Filters'> {
  readonly InstanceTypes?: readonly string[];
}

const describeInstanceTypes = read<DescribeTypesInput>((_network, { InstanceTypes = [], Filters }) => {
  const unknown = InstanceTypes.filter((name) => !TYPES.some((one) => one.name === name));
  if (unknown.length > 0)
    throw refuse(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ').slice(0, 500)}]`,
    );
  const asked = TYPES.filter(({ name }) => InstanceTypes.length === 0 || InstanceTypes.includes(name));
  return { InstanceTypes: filtered(asked, FILTERS, Filters).map(typeView) };
});

const typeView = ({ name, vCpus, memoryMiB, isBurstable, architecture }: InstanceType) => ({
  InstanceType: name,
  CurrentGeneration: true,
  BareMetal: false,
  BurstablePerformanceSupported: isBurstable,
  FreeTierEligible: name === 't2.micro' || name === 't3.micro',
  Hypervisor: 'nitro',
  VCpuInfo: { DefaultVCpus: vCpus },
  MemoryInfo: { SizeInMiB: memoryMiB },
  ProcessorInfo: { SupportedArchitectures: [architecture] },
  SupportedUsageClasses: ['on-demand', 'spot'],
  SupportedVirtualizationTypes: ['hvm'],
  SupportedRootDeviceTypes: ['ebs'],
  EbsInfo: { EbsOptimizedSupport: 'default', EncryptionSupport: 'supported', NvmeSupport: 'required' },
  NetworkInfo: { Ipv6Supported: false, EnaSupport: 'required', EfaSupported: false },
  PlacementGroupInfo: { SupportedStrategies: ['cluster', 'partition', 'spread'] },
  InstanceStorageSupported: false,
  HibernationSupported: false,
});

export const instanceTypeQueries: QueryRules = { DescribeInstanceTypes: describeInstanceTypes };
