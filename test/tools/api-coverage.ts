import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import 'reflect-metadata';
import { ServiceCatalog } from '#lib/aws-api';
import { NOT_HONOURED, SHOWN_ONLY } from '#lib/ecs/model';
import type { ApiOperation } from '#lib/messaging';

/** Writes docs/api-coverage.md from the handlers themselves: `npm run api-coverage`. The root is that of the build. */
const root = resolve(import.meta.dirname, '../..');
/** Where Nest keeps a handler's patterns. */
const PATTERNS = 'microservices:pattern';

interface Served extends ApiOperation {
  readonly app: string;
}

async function servedBy(app: string): Promise<Served[]> {
  const source = join(root, 'apps', app, 'src');
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.controller.js'));
  const found: Served[] = [];
  for (const file of files.sort()) {
    const exported = (await import(pathToFileURL(join(source, file)).href)) as Record<string, { prototype: object }>;
    for (const controller of Object.values(exported)) {
      for (const method of Object.values(Object.getOwnPropertyDescriptors(controller.prototype))) {
        const patterns = Reflect.getMetadata(PATTERNS, method.value as object) as ApiOperation[] | undefined;
        for (const pattern of patterns ?? []) found.push({ ...pattern, app });
      }
    }
  }
  return found;
}

/** What is taken and not acted on, from the tables that say so beside the rules. */
function unhonoured(): string {
  const rows = Object.entries({ ...NOT_HONOURED, ...SHOWN_ONLY }).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '## ecs: accepted and not honoured',
    '',
    'All other input members of the operations above are acted on, refused, or ask placement for an instance that has what they need',
    '(`requiresAttributes`). A test finds by experiment what is missing here.',
    '',
    '| input member | what it means here |',
    '| --- | --- |',
    ...rows.map(([member, meaning]) => `| \`${member}\` | ${meaning} |`),
    '',
  ].join('\n');
}

function section(service: string, names: readonly string[], served: readonly Served[]): string {
  const own = served.filter((operation) => operation.service === service && names.includes(operation.operation));
  const built = own.sort((a, b) => (a.operation < b.operation ? -1 : 1));
  const missing = names.filter((name) => !built.some(({ operation }) => operation === name)).sort();
  return [
    // Of EC2 only the shapes of what is built are in the catalogue (test/tools/extract-ec2-model.ts).
    service === 'ec2' ? `## ec2: ${built.length}, those about networks` : `## ${service}: ${built.length} of ${names.length}`,
    '',
    '| operation | app | kind |',
    '| --- | --- | --- |',
    ...built.map(({ operation, app, kind }) => `| ${operation} | ${app} | ${kind} |`),
    '',
    ...(missing.length > 0 ? [`Not built yet: ${missing.join(', ')}.`, ''] : []),
  ].join('\n');
}

const apps = await readdir(join(root, 'apps'));
const served = (await Promise.all(apps.map(servedBy))).flat();
const text = `# Which operations work

Written by \`npm run api-coverage\` from the handlers. A query can be asked of the past (\`/as-of/…\`); an operation that is not built
answers \`UnsupportedFeatureException\`.

${new ServiceCatalog().services.map((model) => section(model.service, model.operationNames(), served)).join('\n')}
${unhonoured()}`;
writeFileSync(join(root, '../docs/api-coverage.md'), text);
