/** As ECS's agent reads it (`ECS_CLUSTER=web` in /etc/ecs/ecs.config), and Bottlerocket's (`[settings.ecs]`, `cluster = "web"`). */
const AGENT = /\bECS_CLUSTER=["']?([A-Za-z0-9_-]{1,255})(?![A-Za-z0-9_-])/g;
const BOTTLEROCKET = /^\s*\[settings\.ecs\][^[]*?^\s*cluster\s*=\s*"([A-Za-z0-9_-]{1,255})"/m;

/** The cluster that a host joins which is started with this user data, base64 as EC2 takes it. The script is read, not run. */
export function clusterInUserData(base64: string): string | undefined {
  const text = Buffer.from(base64, 'base64').toString();
  // What is written later is what the agent reads.
  return [...text.matchAll(AGENT)].at(-1)?.[1] ?? BOTTLEROCKET.exec(text)?.[1];
}
