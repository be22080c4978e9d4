/** The composition root's entrance: which process this is. Each loads what it is made of and nothing else: a server's start waits for it. */

const output = {
  print: (text: string): void => void process.stdout.write(`${text}\n`),
  printError: (text: string): void => void process.stderr.write(`${text}\n`),
};

/** @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === 'process' && rest[0] === 'control') {
    const { runControl } = await import('./processes/control/index.ts');
    return runControl();
  }
  if (first === 'process' && rest[0] === 'configuration') {
    const { tellConfiguration } = await import('./processes/tell-configuration.ts');
    tellConfiguration(rest.slice(1), output.print);
    return 0;
  }
  if (first === 'start' && !rest.includes('--help')) return startServer(rest);
  return askOrRepair(argv);
}

async function startServer(flags: readonly string[]): Promise<number> {
  const { start } = await import('./processes/supervisor/index.ts');
  return start(flags, output);
}

async function askOrRepair(argv: readonly string[]): Promise<number> {
  const { runCli } = await import('#faces/cli');
  return runCli(argv, {
    ...output,
    start: startServer,
    doctor: async (flags) => {
      const { runDoctor } = await import('./processes/doctor/index.ts');
      return runDoctor(flags, output);
    },
    restore: async ({ folder, dataFolder }) => {
      const { restoreBackup } = await import('./processes/backup/index.ts');
      return { ...(await restoreBackup(folder, dataFolder)) };
    },
  });
}
