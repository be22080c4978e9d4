/** Reads the arguments of an admin verb: whoever opens the socket may write anything into them. */
import { AppError } from '#base/errors';
import { type HeaderRule, type MediaPath, parseHeaderRule } from '#services/directory';

export type Args = Readonly<Record<string, unknown>>;

export function optionalText(args: Args, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' ? value : undefined;
}

/** `default`: as the tenant says (null). What else it may be is checked by the service. */
export function mediaOf(args: Args): MediaPath | null | undefined {
  const media = optionalText(args, 'media');
  return media === 'default' ? null : (media as MediaPath | undefined);
}

/** @throws AppError `admin.argument-invalid` */
export function isYes(name: string, value: string): boolean {
  if (value === 'yes' || value === 'no') return value === 'yes';
  throw new AppError({
    code: 'admin.argument-invalid',
    fault: 'caller',
    retry: 'never',
    message: `"${name}" must be yes or no.`,
  });
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

/** Lines such as `out add X-Carrier: gold`; nothing where nothing is said about them. @throws AppError `admin.header-rule` */
export function headerRulesOf(args: Args): { readonly headerRules?: readonly HeaderRule[] } {
  const lines = args.headerRules;
  if (!Array.isArray(lines)) return {};
  const headerRules = lines.map((line: unknown) => {
    const rule = parseHeaderRule(String(line));
    if (typeof rule !== 'string') return rule;
    const message = `"${String(line)}": a header rule ${rule}.`;
    throw new AppError({ code: 'admin.header-rule', fault: 'caller', retry: 'never', message });
  });
  return { headerRules };
}
