/** What a blank line ends: an event if it has data, a new place to resume from if it has only an id. */
export interface SseFrame {
  readonly id?: string;
  readonly data?: string;
}

/** Server-Sent Events (WHATWG HTML, 9.2.6) as far as ids and data go; text comes in pieces of any size. */
export class SseParser {
  private rest = '';
  private id: string | undefined;
  private data: string[] = [];

  push(text: string): SseFrame[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    return lines.flatMap((line) => this.line(line.endsWith('\r') ? line.slice(0, -1) : line) ?? []);
  }

  private line(line: string): SseFrame | undefined {
    if (line === '') return this.dispatch();
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line)!;
    if (field === 'id') this.id = value;
    if (field === 'data') this.data.push(value);
    return undefined;
  }

  private dispatch(): SseFrame | undefined {
    const { id, data } = this;
    this.id = undefined;
    this.data = [];
    if (id === undefined && data.length === 0) return undefined;
    return { ...(id === undefined ? {} : { id }), ...(data.length === 0 ? {} : { data: data.join('\n') }) };
  }
}
