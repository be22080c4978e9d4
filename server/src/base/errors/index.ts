/** #base/errors: errors with a code, whose fault it is, and whether trying again helps. */
export { AppError, type AppErrorOptions, type Fault, misuse, type Retry, toAppError } from './app-error.ts';
