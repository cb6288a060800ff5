const container = (fields: object) => ({ name: 'main', image: 'web', cpu: 128, memory: 128, ...fields });
const environment = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => ({ name, value }));

const checked = (variables: Readonly<Record<string, string>>) =>
  container({
    environment: environment({ SIM_HEALTH_MS: '4000', ...variables }),
    healthCheck: { command: ['CMD', 'true'], interval: 5, timeout: 2, retries: 2 },
  });

/** What the clients run: every way in which a task can hold resources, come up, end by itself or take its time to stop. */
export const TASK_DEFINITIONS: readonly { readonly family: string; readonly containerDefinitions: readonly object[] }[] = [
  { family: 'small', containerDefinitions: [container({})] },
  { family: 'large', containerDefinitions: [container({ cpu: 1024, memory: 1500 })] },
  { family: 'hungry', containerDefinitions: [container({ cpu: 64, memory: 1900 })] },
  {
    family: 'dynamic-port',
    containerDefinitions: [container({ portMappings: [{ containerPort: 80 }], memoryReservation: 100 })],
  },
  {
    family: 'checked-port',
    containerDefinitions: [{ ...checked({}), portMappings: [{ containerPort: 80 }] }],
  },
  {
    family: 'port-exits',
    containerDefinitions: [
      container({ portMappings: [{ containerPort: 80 }], environment: environment({ SIM_RUN_MS: '3000' }) }),
    ],
  },
  { family: 'fixed-port', containerDefinitions: [container({ portMappings: [{ containerPort: 80, hostPort: 8080 }] })] },
  {
    family: 'with-init',
    containerDefinitions: [
      container({ name: 'init', image: 'init', essential: false, environment: environment({ SIM_RUN_MS: '800' }) }),
      container({ dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] }),
    ],
  },
  { family: 'job', containerDefinitions: [container({ environment: environment({ SIM_RUN_MS: '9000', SIM_EXIT_CODE: '3' }) })] },
  {
    family: 'slow-stop',
    containerDefinitions: [container({ stopTimeout: 10, environment: environment({ SIM_STOP_MS: '60000' }) })],
  },
  { family: 'no-image', containerDefinitions: [container({ image: 'missing' })] },
  { family: 'no-start', containerDefinitions: [container({ environment: environment({ SIM_START_FAILS: '1' }) })] },
  { family: 'exits', containerDefinitions: [container({ image: 'exit:1' })] },
  { family: 'checked', containerDefinitions: [checked({})] },
  { family: 'slow-start', containerDefinitions: [checked({ SIM_HEALTH_MS: '20000' })] },
  { family: 'unhealthy', containerDefinitions: [checked({ SIM_HEALTH: 'unhealthy' })] },
  { family: 'turns-unhealthy', containerDefinitions: [checked({ SIM_UNHEALTHY_MS: '25000' })] },
];

/** Of services. Tasks that stay: plain ones, ones that cannot share an instance, and ones that come up or go slowly. */
export const GOOD = ['small', 'small', 'dynamic-port', 'fixed-port', 'with-init', 'slow-stop', 'checked', 'slow-start'];
/** Those that can stand behind a load balancer. */
export const PORTED = ['dynamic-port', 'dynamic-port', 'fixed-port', 'checked-port', 'port-exits'];
/** Tasks that exit at once or after a while, that cannot be pulled or started, and that are or turn unhealthy. */
export const BAD = ['port-exits', 'exits', 'job', 'no-image', 'no-start', 'unhealthy', 'turns-unhealthy'];
