import type { Member, StructureShape } from '../../libs/aws-api/src/model.js';

export type Json = Record<string, unknown>;

/** What the other members of a structure mean nothing without, in one or more ways. */
export const SOUND: Readonly<Record<string, readonly Json[]>> = {
  ContainerDefinition: [{ name: 'web', image: 'web', memory: 64 }],
  ContainerOverride: [{ name: 'web' }],
  DockerVolumeConfiguration: [{ scope: 'shared' }],
  KeyValuePair: [{ name: 'A' }],
  LogConfiguration: [{ logDriver: 'json-file' }],
  MountPoint: [{ sourceVolume: 'data', containerPath: '/d' }],
  PlacementConstraint: [{ type: 'memberOf' }],
  PlacementStrategy: [{ type: 'spread' }],
  PortMapping: [{ containerPort: 80 }, {}],
  Resource: [{ name: 'CPU', integerValue: 64 }, { name: 'CPU' }, { name: 'PORTS' }],
  ServiceConnectClientAlias: [{ port: 80 }],
  ServiceConnectConfiguration: [{ enabled: true, namespace: 'internal' }],
  ServiceConnectService: [{ portName: 'http' }],
  Tag: [{ key: 'a' }],
  Tmpfs: [{ containerPath: '/t', size: 1 }],
  Volume: [{ name: 'data' }],
  VolumeFrom: [{ sourceContainer: 'side' }],
};

/** Members that have to be there get something plain, so that what is looked at is looked at. */
export function minimalValue({ shape, constraint }: Pick<Member, 'shape' | 'constraint'>): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return minimalOf(shape);
    case 'list':
      return [minimalValue(shape.element)];
    case 'map':
      return { key: minimalValue(shape.value) };
    case 'boolean':
      return true;
    case 'integer':
    case 'long':
    case 'double':
      return Math.max(1, constraint?.min ?? 1);
    case 'timestamp':
      return 0;
    case 'blob':
      return 'AAAA';
    default:
      return constraint?.enum?.[0] ?? 'web';
  }
}

export const requiredOf = (shape: StructureShape): Json =>
  Object.fromEntries(
    [...shape.members].flatMap(([name, member]) => (member.required ? [[name, minimalValue(member)] as const] : [])),
  );

export const minimalOf = (shape: StructureShape): Json => ({ ...requiredOf(shape), ...SOUND[shape.name]?.[0] });
