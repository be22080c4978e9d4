/** Errors of the bootstrap configuration: all that is wrong at once, each with where it stands. */
import { AppError } from '../errors/index.ts';

/** Each problem reads `ringdown.yaml:3:12: sip.udpPort: …`. */
export function configInvalid(problems: readonly string[]): AppError {
  const count = problems.length === 1 ? 'One setting is wrong' : `${problems.length} settings are wrong`;
  return new AppError({
    code: 'config.invalid',
    fault: 'caller',
    retry: 'never',
    message: `${count}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    details: { problems: problems.length },
  });
}

export function configUnreadable(file: string, cause: unknown): AppError {
  return new AppError({
    code: 'config.unreadable',
    fault: 'caller',
    retry: 'never',
    message: `The configuration file ${file} cannot be read. Check the path and its permissions.`,
    details: { file },
    cause,
  });
}
