import { readFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { watchOperations } from '#lib/messaging';
import { startApp } from '#lib/app/nest';
import { gatewayConfig } from './config.js';
import { createHttpAdapter, GatewayModule } from './gateway.module.js';

await startApp('gateway', 'gateway', async ({ bus, clock, random, logger, nats, environment }) => {
  const config = gatewayConfig(environment);
  const masterKey = Buffer.from((await readFile(config.masterKeyFile, 'utf8')).trim(), 'hex');
  const operations = await watchOperations(nats);
  const module = GatewayModule.register({ bus, clock, random, logger, operations, masterKey, limits: config.limits });
  return {
    status: () => ({ ready: !nats.isClosed() }),
    listen: async (nestLogger) => {
      const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(), {
        bodyParser: false,
        logger: nestLogger,
      });
      await app.listen(config.port, config.host);
      return app;
    },
  };
});
