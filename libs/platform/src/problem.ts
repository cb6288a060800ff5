/** Why something does not work now. It is told when it begins and when it becomes another, not at each try. */
export class Problem {
  private now: string | undefined;

  constructor(private readonly tell: (problem: string) => void) {}

  /** Undefined while it works. */
  get current(): string | undefined {
    return this.now;
  }

  /** What the newest try found. */
  is(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.now) this.tell(problem);
    this.now = problem;
  }
}
