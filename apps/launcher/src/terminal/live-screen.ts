export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const ALTERNATE = '\u001b[?1049h\u001b[?25l';
const BACK = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';
const CTRL_C = '\u0003';

/** The terminal's second screen, drawn anew again and again; what was there before is back when it closes. */
export class LiveScreen {
  private readonly life = new AbortController();
  private lines: ((size: ScreenSize) => readonly string[]) | undefined;
  private readonly end = () => this.life.abort(new Error('ended'));
  private readonly redraw = () => this.lines && this.draw(this.lines);
  private readonly pressed = (keys: Buffer) => {
    const text = keys.toString();
    if (text.includes('q') || text.includes(CTRL_C)) this.end();
  };

  constructor() {
    process.stdout.write(ALTERNATE);
    for (const signal of SIGNALS) process.once(signal, this.end);
    process.stdout.on('resize', this.redraw);
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.pressed);
  }

  /** By Ctrl-C, q or a signal. */
  get ended(): AbortSignal {
    return this.life.signal;
  }

  /** `lines`: without control characters; asked again when the terminal gets another size. */
  draw(lines: (size: ScreenSize) => readonly string[]): void {
    this.lines = lines;
    const { columns, rows } = process.stdout;
    const drawn = lines({ columns, rows }).join(`${REST_OF_LINE}\r\n`);
    process.stdout.write(`${HOME}${drawn}${REST_OF_LINE}${REST_OF_SCREEN}`);
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.end);
    process.stdout.off('resize', this.redraw);
    if (process.stdin.isTTY) {
      process.stdin.off('data', this.pressed);
      process.stdin.setRawMode(false);
      process.stdin.pause();
    }
    process.stdout.write(BACK);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
