/** What the installation, and not the API, says about services. */
export class ServiceDefaults {
  /** How long a task without a health check has to be RUNNING to count as healthy (ECS: 40 s). Recorded with each deployment. */
  constructor(private readonly healthyAfterMs: number) {}

  addTo(input: unknown): object {
    return { ...(input as object), healthyAfterMs: this.healthyAfterMs };
  }
}
