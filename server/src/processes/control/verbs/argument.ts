/** Reads the arguments of an admin verb: whoever opens the socket may write anything into them. */
import { AppError } from '#base/errors';

export type Args = Readonly<Record<string, unknown>>;

export function optionalText(args: Args, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws AppError `admin.argument-missing` */
export function text(args: Args, name: string): string {
  const value = optionalText(args, name);
  if (value !== undefined && value !== '') return value;
  throw new AppError({
    code: 'admin.argument-missing',
    fault: 'caller',
    retry: 'never',
    message: `"${name}" is missing.`,
  });
}
