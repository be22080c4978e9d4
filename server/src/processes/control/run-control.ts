/** The control process begins: storage loads in its thread while this one loads all the rest. */
import { beginStorageThread } from '#storage/embedded';
import { compileSooner } from './compile-sooner.ts';

/** @returns the exit code. */
export async function runControl(): Promise<number> {
  compileSooner();
  const storageThread = beginStorageThread();
  const { serve } = await import('./control.ts');
  return serve(storageThread);
}
