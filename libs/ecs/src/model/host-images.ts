import { hashId } from '#lib/kernel';

/**
 * The machine images that files for ECS look up, by SSM's public parameters or EC2's DescribeImages, and put into launch templates. No host is made
 * from one here, so they are names with ids of Longshore's own.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
 */
export interface HostImage extends MachineImage {
  /** Below `/aws/service/ecs/optimized-ami/`. */
  readonly path: string;
}

export interface MachineImage {
  readonly id: string;
  readonly name: string;
  readonly os: string;
  readonly architecture: 'x86_64' | 'arm64';
}

/** One of Amazon Linux without anything of ECS. */
export interface BaseImage extends MachineImage {
  /** Below `/aws/service/ami-amazon-linux-latest/`. */
  readonly parameter: string;
}

const DATE = '20260101';
const idOf = (path: string) => `ami-0${hashId('host-image', path).slice(0, 16)}`;
const architectureOf = (path: string) => (path.includes('arm64') ? 'arm64' : 'x86_64');

const image = (path: string, name: string, os: string): HostImage => ({
  path,
  id: idOf(path),
  name,
  os,
  architecture: architectureOf(path),
});

export const HOST_IMAGES: readonly HostImage[] = [
  image('amazon-linux', `amzn-ami-2018.03.${DATE}-amazon-ecs-optimized`, 'Amazon Linux'),
  image('amazon-linux-2', `amzn2-ami-ecs-hvm-2.0.${DATE}-x86_64-ebs`, 'Amazon Linux 2'),
  image('amazon-linux-2/arm64', `amzn2-ami-ecs-hvm-2.0.${DATE}-arm64-ebs`, 'Amazon Linux 2'),
  image('amazon-linux-2/gpu', `amzn2-ami-ecs-gpu-hvm-2.0.${DATE}-x86_64-ebs`, 'Amazon Linux 2'),
  image('amazon-linux-2/inf', `amzn2-ami-ecs-inf-hvm-2.0.${DATE}-x86_64-ebs`, 'Amazon Linux 2'),
  image('amazon-linux-2/kernel-5.10', `amzn2-ami-ecs-kernel-5.10-hvm-2.0.${DATE}-x86_64-ebs`, 'Amazon Linux 2'),
  image('amazon-linux-2/kernel-5.10/arm64', `amzn2-ami-ecs-kernel-5.10-hvm-2.0.${DATE}-arm64-ebs`, 'Amazon Linux 2'),
  image('amazon-linux-2023', `al2023-ami-ecs-hvm-2023.0.${DATE}-kernel-6.1-x86_64`, 'Amazon Linux 2023'),
  image('amazon-linux-2023/arm64', `al2023-ami-ecs-hvm-2023.0.${DATE}-kernel-6.1-arm64`, 'Amazon Linux 2023'),
  image('amazon-linux-2023/gpu', `al2023-ami-ecs-gpu-hvm-2023.0.${DATE}-kernel-6.1-x86_64-ebs`, 'Amazon Linux 2023'),
  image('amazon-linux-2023/neuron', `al2023-ami-ecs-neuron-hvm-2023.0.${DATE}-kernel-6.1-x86_64`, 'Amazon Linux 2023'),
];

const baseImage = (parameter: string, name: string, os: string): BaseImage => ({
  parameter,
  id: idOf(name),
  name,
  os,
  architecture: architectureOf(parameter),
});

/** Launch templates and files with a host of their own look these up. https://docs.aws.amazon.com/linux/al2023/ug/ec2.html */
export const BASE_IMAGES: readonly BaseImage[] = ['x86_64', 'arm64'].flatMap((architecture) => [
  ...['default', '6.1'].map((kernel) =>
    baseImage(
      `al2023-ami-kernel-${kernel}-${architecture}`,
      `al2023-ami-2023.0.${DATE}.0-kernel-6.1-${architecture}`,
      'Amazon Linux 2023',
    ),
  ),
  baseImage(`amzn2-ami-hvm-${architecture}-gp2`, `amzn2-ami-hvm-2.0.${DATE}.0-${architecture}-gp2`, 'Amazon Linux 2'),
  baseImage(
    `amzn2-ami-kernel-5.10-hvm-${architecture}-gp2`,
    `amzn2-ami-kernel-5.10-hvm-2.0.${DATE}.0-${architecture}-gp2`,
    'Amazon Linux 2',
  ),
]);
