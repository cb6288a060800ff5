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

const IMAGE_ID = /^ami-[0-9a-f]{8}(?:[0-9a-f]{9})?$/;

/**
 * Files name the images of their own region by id, and Terraform asks what the disk of one is called before it makes a launch configuration.
 * Which image it is on AWS nobody knows here, and nothing depends on it.
 */
const namedById = (id: string): MachineImage => {
  if (!IMAGE_ID.test(id)) throw refuse('InvalidAMIID.Malformed', `Invalid id: "${id}"`);
  return IMAGES.find((one) => one.id === id) ?? { id, name: id, os: 'Linux', architecture: 'x86_64' };
};

/** The images that files for ECS look up, and whichever are asked for by their ids; no host is made from one here. */
const describeImages = read<ImagesInput>((_network, { ImageIds = [], Owners = [], Filters }) => {
  const isOwned = Owners.length === 0 || Owners.includes('amazon') || Owners.includes(OWNER);
  const known = ImageIds.length > 0 ? ImageIds.map(namedById) : IMAGES;
  const all = known.filter((one) => isOwned || !IMAGES.includes(one));
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
