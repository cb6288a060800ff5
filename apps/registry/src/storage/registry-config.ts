/** The configuration of Docker's registry (YAML, of which JSON is a part). Paths are relative to the directory in which it runs. */
export const registryConfig = (secret: string): string =>
  JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: `./${IMAGES_DIRECTORY}` },
      delete: { enabled: true },
      // Uploads that were begun and left.
      maintenance: { uploadpurging: { enabled: true, age: '24h', interval: '6h', dryrun: false } },
    },
    // Nobody but the registry's own app reaches it, and clients see no address of it.
    http: { net: 'unix', addr: `./${SOCKET}`, relativeurls: true, secret },
  });

export const CONFIG_FILE = 'config.json';
export const IMAGES_DIRECTORY = 'images';
export const SOCKET = 'registry.sock';
