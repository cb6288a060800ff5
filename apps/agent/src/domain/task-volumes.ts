import type { ContainerDefinition, Volume } from '#lib/ecs/model';

/** A volume that the engine keeps. */
export interface VolumeSpec {
  readonly name: string;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** False: it must exist already. */
  readonly autoprovision: boolean;
}

/** `source` is a path of the host or the name of a volume. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/**
 * The engine's volumes that a container mounts, and its mounts. Those that end with the task (of scope `task`, and those that name neither a path
 * nor a plugin) carry `ownLabels`, by which they are found when nobody knows the definition any more.
 */
export function taskMounts(
  container: ContainerDefinition,
  volumes: readonly Volume[],
  named: (part: string) => string,
  ownLabels: Readonly<Record<string, string>>,
): { readonly volumes: readonly VolumeSpec[]; readonly mounts: readonly Mount[] } {
  const used = container.mountPoints.flatMap((mount) => {
    const volume = volumes.find(({ name }) => name === mount.sourceVolume);
    return volume?.name && mount.containerPath
      ? [{ volume, target: mount.containerPath, readOnly: mount.readOnly ?? false, name: volume.name }]
      : [];
  });
  return {
    volumes: used.flatMap(({ volume, name }) => (volume.host?.sourcePath ? [] : [volumeSpec(volume, name, named, ownLabels)])),
    mounts: used.map(({ volume, target, readOnly, name }) => ({
      source: volume.host?.sourcePath ?? volumeName(volume, name, named),
      target,
      readOnly,
    })),
  };
}

const isShared = (volume: Volume) => volume.dockerVolumeConfiguration?.scope === 'shared';

const volumeName = (volume: Volume, name: string, named: (part: string) => string) => (isShared(volume) ? name : named(name));

function volumeSpec(
  volume: Volume,
  name: string,
  named: (part: string) => string,
  ownLabels: Readonly<Record<string, string>>,
): VolumeSpec {
  const configuration = volume.dockerVolumeConfiguration;
  return {
    name: volumeName(volume, name, named),
    driver: configuration?.driver ?? 'local',
    driverOptions: configuration?.driverOpts ?? {},
    labels: isShared(volume) ? (configuration?.labels ?? {}) : { ...configuration?.labels, ...ownLabels },
    // ECS: a shared volume is made only when the definition says so; one of the task always is.
    autoprovision: !isShared(volume) || configuration?.autoprovision === true,
  };
}
