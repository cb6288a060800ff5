/**
 * What evaluating the expressions of one request may cost, in steps of an expression times characters of a value. A request
 * asks every instance of a cluster, and whoever decides meanwhile decides nothing else: a plan for 5,000 instances with a
 * pattern of 20 steps over 20 characters needs 2 million, and the costliest patterns that there are take 200 ms for the budget.
 * Steps, not time, so that the same request on the same state always ends the same.
 */
const STEPS_PER_REQUEST = 5_000_000;

export class EvaluationBudget {
  constructor(private left = STEPS_PER_REQUEST) {}

  /** False when it is spent: whatever the expression says, the question stays unanswered. */
  spend(steps: number): boolean {
    this.left -= steps;
    return this.left >= 0;
  }

  get isSpent(): boolean {
    return this.left < 0;
  }
}
