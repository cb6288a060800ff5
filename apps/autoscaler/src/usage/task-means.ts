import type { TaskUse } from '#lib/ecs/model';

const RATES = [
  'cpuUnits',
  'memoryBytes',
  'networkRxBytesPerSecond',
  'networkTxBytesPerSecond',
  'storageReadBytesPerSecond',
  'storageWriteBytesPerSecond',
] as const satisfies readonly (keyof TaskUse)[];

/** What each task used on average since they were taken last: of what its host told in each interval, and not in another. */
export class TaskMeans {
  private sums = new Map<string, { readonly [rate in (typeof RATES)[number]]: { sum: number; count: number } }>();

  note(use: TaskUse): void {
    let sums = this.sums.get(use.taskArn);
    if (!sums) {
      sums = Object.fromEntries(RATES.map((rate) => [rate, { sum: 0, count: 0 }])) as NonNullable<typeof sums>;
      this.sums.set(use.taskArn, sums);
    }
    for (const rate of RATES) {
      const value = use[rate];
      if (value === undefined || !Number.isFinite(value) || value < 0) continue;
      sums[rate].sum += value;
      sums[rate].count++;
    }
  }

  /** A rate is absent that was told in no interval. */
  take(): readonly (Partial<TaskUse> & Pick<TaskUse, 'taskArn'>)[] {
    const means = [...this.sums].map(([taskArn, sums]) => ({
      taskArn,
      ...Object.fromEntries(
        RATES.filter((rate) => sums[rate].count > 0).map((rate) => [rate, sums[rate].sum / sums[rate].count]),
      ),
    }));
    this.sums = new Map();
    return means;
  }
}
