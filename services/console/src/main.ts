/**
 * The console as a process. `--config FILE` is how the launcher starts it: it says by IPC where it listens, and ends with the
 * launcher. By hand or in a container the options are on the command line.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, parseConfig } from '@twincore/sbi';
import type { FastifyBaseLogger } from 'fastify';
import pino from 'pino';
import { DIST, ensureBuilt } from './build.ts';
import { ConsoleConfig } from './config.ts';
import { startConsole } from './console.ts';

const USAGE = `usage: main.ts --dir LAB_DIRECTORY [--port N] [--listen ADDRESS] [--login] [--name HOST ...] | --config FILE`;

function configuration(): ConsoleConfig {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        dir: { type: 'string' },
        port: { type: 'string' },
        listen: { type: 'string' },
        login: { type: 'boolean' },
        name: { type: 'string', multiple: true },
        specs: { type: 'string' },
      },
    });
    if (values.config !== undefined) return loadConfig(ConsoleConfig);
    const given = {
      dir: values.dir,
      ...(values.port === undefined ? {} : { port: Number(values.port) }),
      ...(values.listen === undefined ? {} : { host: values.listen }),
      ...(values.login === undefined ? {} : { login: values.login }),
      ...(values.name === undefined ? {} : { names: values.name }),
      ...(values.specs === undefined ? {} : { specs: values.specs }),
    };
    return parseConfig(ConsoleConfig, given, 'the command line');
  } catch (error) {
    throw error instanceof ConfigError ? error : new ConfigError(`${(error as Error).message}\n${USAGE}`);
  }
}

try {
  const config = configuration();
  if (!existsSync(join(config.dir, 'runs'))) {
    console.error(`There is no run in ${config.dir} yet; the console waits for one.`);
  }
  await ensureBuilt();
  const log = pino({ level: 'info' }, pino.destination(2)) as FastifyBaseLogger;
  const running = await startConsole({ config, dist: DIST, log });
  const { url, password } = running;
  if (process.send) {
    process.send({ url, ...(password === undefined ? {} : { password }) });
    process.send('ready');
  } else {
    console.log(`The console: ${url}`);
    if (password !== undefined) console.log(`Its password, shown only now: ${password}`);
  }
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 3_000).unref();
    await running.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const advice = code === 'EADDRINUSE' ? ' Another process has that port: choose another with --port.' : '';
  console.error(`The console did not start: ${message}${advice}`);
  process.exit(1);
}
