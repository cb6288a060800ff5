/** Docker's default period of the CPU quota. A quota, unlike NanoCpus, may exceed the host's CPUs. */
export const CPU_PERIOD_US = 100_000;

/** Of containers and of their task's group the same: the kernel refuses a container more than its group has. 1024 units are one vCPU. */
export const cpuQuotaUs = (cpuUnits: number): number => Math.max(1_000, Math.round((cpuUnits / 1024) * CPU_PERIOD_US));
