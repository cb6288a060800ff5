import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpRequest } from '../src/protocols/wire.js';

/** Requests of real clients as they were on the wire, signed for AKIDEXAMPLE with the secret `secret`. */
export function capturedRequests(): { name: string; request: HttpRequest }[] {
  const folder = join(import.meta.dirname, 'fixtures/captured-requests');
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'latin1')
      .split(/^-----\n/m)
      .filter((entry) => entry.trim() !== '')
      .map((entry) => ({ name: `${file.replace('.txt', '')} ${operationOf(entry)}`, request: parse(entry) })),
  );
}

function parse(entry: string): HttpRequest {
  const [head, ...rest] = entry.replaceAll('\r\n', '\n').split('\n\n');
  const [requestLine, ...lines] = head!.split('\n');
  const [method, target] = requestLine!.split(' ') as [string, string];
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = rest.join('\n\n').slice(0, Number(headers['content-length']));
  return { method, target, headers, body: Buffer.from(body, 'latin1') };
}

const operationOf = (entry: string) => /x-amz-target: \S+\.(\w+)/i.exec(entry)?.[1] ?? /Action=(\w+)/.exec(entry)?.[1] ?? '?';
