/**
 * In which order a user's devices ring: all of one q together, those with a lower q when the higher ones have failed (RFC 3261 §16.6), and within one q by how much the
 * caller wishes them (RFC 3841 §7.2.4), where it has said so.
 */
import type { CallerWishes } from '#engine/calls';
import type { Binding } from '#services/registrar';
import { type WaysToDevice, waysToDevices } from './ways-to-devices.ts';

export interface ChosenBinding {
  readonly binding: Binding;
  /** 0 to 1. */
  readonly preference: number;
}

/** The bindings that are wished for. */
export type ChooseBindings = (bindings: readonly Binding[], wishes: CallerWishes) => readonly ChosenBinding[];

export interface ChosenDevice {
  readonly aor: string;
  readonly ways: WaysToDevice;
}

/** Bindings of one address of record, the best first. */
export interface AorBindings {
  readonly aor: string;
  readonly bindings: readonly Binding[];
}

/** Devices that ring together, one group after the other. */
export function chooseDevices(
  aors: readonly AorBindings[],
  wishes: CallerWishes | undefined,
  choose: ChooseBindings | undefined,
): readonly (readonly ChosenDevice[])[] {
  if (wishes === undefined || choose === undefined) return groupsBy(aors.flatMap(devicesOf), ({ ways }) => ways[0].q);
  const preferences = new Map<Binding, number>();
  const wished = aors.map(({ aor, bindings }) => {
    const chosen = choose(bindings, wishes);
    for (const { binding, preference } of chosen) preferences.set(binding, preference);
    return { aor, bindings: chosen.map(({ binding }) => binding) };
  });
  // A preference counts within one q alone, which has three decimals.
  const rank = ({ ways: [best] }: ChosenDevice) => best.q * 10_000 + (preferences.get(best) ?? 0);
  const groups = groupsBy(wished.flatMap(devicesOf), rank);
  if (wishes.isSingle) return groups.slice(0, 1).map((group) => group.slice(0, 1));
  return wishes.isSequential ? groups.flatMap((group) => group.map((device) => [device])) : groups;
}

function devicesOf({ aor, bindings }: AorBindings): ChosenDevice[] {
  return waysToDevices(bindings).map((ways) => ({ aor, ways }));
}

/** The highest rank first. */
function groupsBy(devices: readonly ChosenDevice[], rank: (device: ChosenDevice) => number): ChosenDevice[][] {
  const groups = new Map<number, ChosenDevice[]>();
  for (const device of devices) {
    const key = rank(device);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [device]);
    else group.push(device);
  }
  return [...groups.entries()].sort(([one], [other]) => other - one).map(([, group]) => group);
}
