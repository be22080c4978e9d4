/**
 * What a fresh installation gets without being asked: a tenant, a domain, two users and the built-in numbers. Every step has an
 * idempotency key, so a start that was cut short goes on where it stopped, and what was deleted later stays deleted.
 */
import { AppError } from '#base/errors';
import type { TenantId } from '#base/ids';
import type { Builtin, ChallengePolicy, Directory } from '#services/directory';

export const firstTenantName = 'default';
/** When no domain is configured. `.internal` is reserved for private use; phones type the server's address instead. */
export const fallbackDomain = 'ringdown.internal';

export interface FirstStartOptions {
  readonly directory: Directory;
  /** The first of the configured domains. */
  readonly domain?: string;
  readonly challenge: ChallengePolicy;
}

export interface FirstUser {
  readonly extension: string;
  readonly username: string;
  /** Absent when the user was made by an earlier start that showed it, or should have. */
  readonly password?: string;
}

export interface FirstStart {
  /** Something was made just now and has to be shown. */
  readonly made: boolean;
  readonly tenant: TenantId;
  readonly domain: string;
  readonly users: readonly FirstUser[];
  readonly numbers: readonly BuiltinNumber[];
}

export interface BuiltinNumber {
  readonly digits: readonly string[];
  readonly builtin: Builtin;
  readonly label: string;
}

export const builtinNumbers: readonly BuiltinNumber[] = [
  { digits: ['600', '*43'], builtin: 'echo', label: 'echo: you hear yourself' },
  { digits: ['601'], builtin: 'tone', label: 'test tone, 1004 Hz' },
  { digits: ['602'], builtin: 'music', label: 'music' },
  { digits: ['603'], builtin: 'clock', label: 'speaking clock' },
];

const firstUsers = [
  { extension: '100', displayName: 'Phone 100' },
  { extension: '101', displayName: 'Phone 101' },
];
const author = 'first-start';

/** Undefined when this installation was set up in another way. */
export async function runFirstStart(options: FirstStartOptions): Promise<FirstStart | undefined> {
  const { directory, challenge, domain = fallbackDomain } = options;
  const { views } = directory;
  const standing = views.findTenant(firstTenantName);
  if (standing === undefined && views.tenants().length > 0) return undefined;
  let made = false;
  let tenant = standing?.tenant;
  if (tenant === undefined) {
    ({ tenant } = await directory.createTenant(author, { name: firstTenantName, domain, ownAddresses: true }));
    made = true;
  }
  const actor = (step: string) => ({ tenant, author, idempotencyKey: `first-start/${step}` });
  const users: FirstUser[] = [];
  // All at once: what is asked for together shares one wait for the disk.
  const asked = firstUsers.map(async ({ extension, displayName }) => {
    const input = { extension, displayName, challenge };
    return { extension, user: await unlessDone(directory.createUser(actor(`user/${extension}`), input)) };
  });
  const numbers = builtinNumbers.flatMap(({ digits, builtin, label }) =>
    digits.map((one) => {
      const input = { digits: one, label, destination: { to: 'builtin', builtin } } as const;
      return unlessDone(directory.addNumber(actor(`number/${one}`), input));
    }),
  );
  const [found] = await Promise.all([Promise.all(asked), Promise.all(numbers)]);
  for (const { extension, user } of found) {
    if (user === undefined || views.user(tenant, user.user) === undefined) continue;
    made ||= user.password !== undefined;
    users.push({
      extension,
      username: user.username,
      ...(user.password === undefined ? {} : { password: user.password }),
    });
  }
  const name = views.domains(tenant)[0]?.body.name ?? domain;
  return { made, tenant, domain: name, users, numbers: standingNumbers(directory, tenant) };
}

/** Done by an earlier start (perhaps with other settings), or the number was given to somebody else: nothing to do. */
async function unlessDone<T>(step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    const done = ['configuration.idempotency-key-reused', 'directory.number-taken', 'directory.username-taken'];
    if (error instanceof AppError && done.includes(error.code)) return undefined;
    throw error;
  }
}

function standingNumbers(directory: Directory, tenant: TenantId): readonly BuiltinNumber[] {
  return builtinNumbers.flatMap((number) => {
    const digits = number.digits.filter((one) => {
      const destination = directory.views.findNumber(tenant, one)?.body.destination;
      return destination?.to === 'builtin' && destination.builtin === number.builtin;
    });
    return digits.length === 0 ? [] : [{ ...number, digits }];
  });
}
