/**
 * Bindings as devices: the contacts that one instance has registered for one AOR are ways to one device, of which one is used at a time (RFC 5626 §7). A
 * contact without an instance is a device of its own.
 */
import type { DeviceWay } from '#engine/calls';
import type { Binding } from '#services/registrar';

/** The best way first, and then the others. */
export type WaysToDevice = readonly [Binding, ...Binding[]];

/** @param bindings the best first */
export function waysToDevices(bindings: readonly Binding[]): readonly WaysToDevice[] {
  const devices: [Binding, ...Binding[]][] = [];
  for (const binding of bindings) {
    const { instance } = binding;
    const known = instance === '' ? undefined : devices.find(([first]) => first.instance === instance);
    if (known === undefined) devices.push([binding]);
    else known.push(binding);
  }
  return devices;
}

export function deviceWay({ contact, path, flow }: Binding): DeviceWay {
  return { contactUri: contact, path, flow: String(flow?.id ?? '') };
}
