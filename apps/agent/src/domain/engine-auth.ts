import { z } from 'zod';
import type { RegistryLogin } from '#lib/ecs/model';

/**
 * What a host's operator gives its agent for private registries, as the ECS agent takes it (`ECS_ENGINE_AUTH_TYPE`, `ECS_ENGINE_AUTH_DATA`):
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth-container-instances.html
 */
export const ENGINE_AUTH_TYPES = ['dockercfg', 'docker'] as const;
export type EngineAuthType = (typeof ENGINE_AUTH_TYPES)[number];

const DATA = {
  /** As in Docker's own file: `auth` is base64 of `user:password`. */
  dockercfg: z
    .record(z.string(), z.looseObject({ auth: z.string() }))
    .transform((entries) => mapped(entries, ({ auth }) => loginOf(auth))),
  docker: z
    .record(z.string(), z.looseObject({ username: z.string(), password: z.string() }))
    .transform((entries) => mapped(entries, ({ username, password }) => ({ username, password }))),
} satisfies Record<EngineAuthType, z.ZodType>;

function mapped<T>(entries: Readonly<Record<string, T>>, login: (entry: T) => RegistryLogin): ReadonlyMap<string, RegistryLogin> {
  return new Map(Object.entries(entries).map(([registry, entry]) => [bareHost(registry), login(entry)]));
}

function loginOf(auth: string): RegistryLogin {
  const [username = '', password = ''] = Buffer.from(auth, 'base64').toString().split(/:(.*)/s);
  return { username, password };
}

/** `https://registry.local:5000/v2/` and `registry.local:5000` are one. */
const bareHost = (registry: string): string => registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

export type HostLogins = (registry: string) => RegistryLogin | undefined;

/** Undefined where the data is not of that type. Nothing of it is in any message: it is all secret. */
export function parseEngineAuth(type: EngineAuthType, data: string): HostLogins | undefined {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  const parsed = DATA[type].safeParse(json);
  return parsed.success ? (registry) => parsed.data.get(bareHost(registry)) : undefined;
}
