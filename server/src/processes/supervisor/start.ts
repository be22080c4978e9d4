/** `ringdown start`: the configuration is read and the supervisor loads, side by side. */
import { toAppError } from '#base/errors';
import { askConfiguration } from '../ask-configuration.ts';
import { checkPlaces, makePlaces, placesIn } from '../places.ts';

export interface StartOutput {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** @returns the exit code, when everything has ended. */
export async function start(flags: readonly string[], output: StartOutput): Promise<number> {
  const asked = askConfiguration(flags);
  const { supervise } = await import('./supervise.ts');
  const told = await asked;
  if ('problem' in told) {
    output.printError(told.problem);
    return 2;
  }
  const { config, printed } = told;
  const places = placesIn(config.dataFolder);
  try {
    checkPlaces(places);
  } catch (error) {
    output.printError(toAppError(error).message);
    return 2;
  }
  if (printed !== null) {
    output.print(printed);
    return 0;
  }
  makePlaces(places);
  return supervise(config, places, output);
}
