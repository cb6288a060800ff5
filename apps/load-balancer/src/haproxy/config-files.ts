import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rendered } from '../proxy/render.js';

export const CONFIG_FILE = 'haproxy.cfg';

/** The directory that HAProxy reads when it starts. Files come into being whole: a start in between reads old ones or new ones. */
export class ConfigFiles {
  private readonly written = new Map<string, string>();

  constructor(readonly directory: string) {}

  path(name: string): string {
    return join(this.directory, name);
  }

  async write({ config, files }: Rendered): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const [name, text] of files) await this.put(name, text);
    await this.put(CONFIG_FILE, config);
  }

  async put(name: string, text: string): Promise<void> {
    if (this.written.get(name) === text) return;
    const path = this.path(name);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
    this.written.set(name, text);
  }

  /** What no configuration names any more. */
  async removeOthers({ files }: Rendered, keep: (name: string) => boolean): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (files.has(name) || name === CONFIG_FILE || keep(name)) continue;
      await rm(this.path(name), { force: true });
      this.written.delete(name);
    }
  }
}
