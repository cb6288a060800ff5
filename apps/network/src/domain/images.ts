import { BASE_IMAGES, HOST_IMAGES, type MachineImage } from '#lib/ecs/model';
import { refuse } from '#lib/kernel';
import { filtered, type DescribeInput, type FilterValues } from './filters.js';
import { type QueryRules, read } from './rule-types.js';

/** Two parameters may lead to one image. */
const IMAGES: readonly MachineImage[] = [...new Map([...HOST_IMAGES, ...BASE_IMAGES].map((one) => [one.id, one])).values()];
/** Amazon's account for images of ECS's hosts. */
const OWNER = '591542846629';
const CREATED = '2026-01-01T00:00:00.000Z';

const FILTERS: FilterValues<MachineImage & { readonly tags: Readonly<Record<string, string>> }> = {
  architecture: ({ architecture }) => architecture,
  'image-id': ({ id }) => id,
  'image-type': () => 'machine',
  'is-public': () => 'true',
  name: ({ name }) => name,
  'owner-alias': () => 'amazon',
  'owner-id': () => OWNER,
  'root-device-type': () => 'ebs',
  state: () => 'available',
  'virtualization-type': () => 'hvm',
};

interface ImagesInput extends Pick<DescribeInput, 'Filters'> {
  readonly ImageIds?: readonly string[];
  readonly Owners?: readonly string[];
}

/** The images that files for ECS look up; no host is made from one here. */
const describeImages = read<ImagesInput>((_network, { ImageIds = [], Owners = [], Filters }) => {
  const unknown = ImageIds.find((id) => !IMAGES.some((one) => one.id === id));
  if (unknown !== undefined) throw refuse('InvalidAMIID.NotFound', `The image id '[${unknown}]' does not exist`);
  const isOwned = Owners.length === 0 || Owners.includes('amazon') || Owners.includes(OWNER);
  const all = IMAGES.filter(({ id }) => isOwned && (ImageIds.length === 0 || ImageIds.includes(id)));
  return {
    Images: filtered(
      all.map((one) => ({ ...one, tags: {} })),
      FILTERS,
      Filters,
    ).map(imageView),
  };
});

const imageView = ({ id, name, os, architecture }: MachineImage) => ({
  ImageId: id,
  Name: name,
  Description: os,
  ImageLocation: `amazon/${name}`,
  OwnerId: OWNER,
  ImageOwnerAlias: 'amazon',
  Public: true,
  State: 'available',
  Architecture: architecture,
  ImageType: 'machine',
  PlatformDetails: 'Linux/UNIX',
  Hypervisor: 'xen',
  VirtualizationType: 'hvm',
  RootDeviceType: 'ebs',
  RootDeviceName: '/dev/xvda',
  BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, VolumeType: 'gp3', DeleteOnTermination: true } }],
  CreationDate: CREATED,
  EnaSupport: true,
});

export const imageQueries: QueryRules = { DescribeImages: describeImages };
