/** What the directory refuses, in words for the person who must act. */
import { AppError } from '#base/errors';

function refused(code: string, message: string, details: Record<string, string> = {}): AppError {
  return new AppError({ code, fault: 'caller', retry: 'never', message, details });
}

export function invalidInput(field: string, rule: string): AppError {
  return refused('directory.invalid-input', `${field} ${rule}.`, { field });
}

export function numberTaken(digits: string): AppError {
  return refused('directory.number-taken', `The number ${digits} is already in use. Choose another.`, { digits });
}

export function domainTaken(name: string): AppError {
  return refused('directory.domain-taken', `The domain ${name} is already served here. Choose another name.`, { name });
}

export function usernameTaken(username: string): AppError {
  return refused(
    'directory.username-taken',
    `The username ${username} already exists in this domain. Choose another.`,
    {
      username,
    },
  );
}

export function notFound(what: string, name: string): AppError {
  return refused('directory.not-found', `There is no ${what} ${name}.`, { what, name });
}

export function noDomain(): AppError {
  return refused('directory.no-domain', 'The tenant has no domain yet. Add one before users.');
}
