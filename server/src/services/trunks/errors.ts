/** What the trunk service refuses, in words for the person who must act. */
import { AppError } from '#base/errors';

export function trunkInvalid(field: string, rule: string): AppError {
  const message = `${field} ${rule}.`;
  return new AppError({ code: 'trunks.invalid-input', fault: 'caller', retry: 'never', message, details: { field } });
}

export function trunkNotFound(id: string): AppError {
  const message = `There is no trunk or route ${id}.`;
  return new AppError({ code: 'trunks.not-found', fault: 'caller', retry: 'never', message, details: { id } });
}

export function trunkNameTaken(name: string): AppError {
  const message = `There is already a trunk named ${name}. Choose another name.`;
  return new AppError({ code: 'trunks.name-taken', fault: 'caller', retry: 'never', message, details: { name } });
}

export function routeTaken(prefix: string): AppError {
  const message = `The trunk already has a route for the prefix ${prefix === '' ? '(any)' : prefix}.`;
  return new AppError({ code: 'trunks.route-taken', fault: 'caller', retry: 'never', message, details: { prefix } });
}
