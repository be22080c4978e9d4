/** A binding to and from its stored form: monotonic deadlines become wall deadlines and back; flow ids do not survive a process. */
import { fromUtcDeadline, type TimeSource, toUtcDeadline } from '#base/clock';
import type { Binding } from './binding.ts';
import type { StoredBinding } from './ports.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export function toStored(binding: Binding, time: TimeSource): StoredBinding {
  const { instance, regId, capabilities, path, userAgent, device, flow } = binding;
  const stored: Writable<StoredBinding> = {
    contact: binding.contact,
    contactKey: binding.contactKey,
    callId: binding.callId,
    cseq: binding.cseq,
    q: binding.q,
    expiresUtcMs: Math.round(toUtcDeadline(time, binding.expiresAtMs)),
    grantedSec: binding.grantedSec,
    registeredUtcMs: binding.registeredUtcMs,
    nat: binding.nat,
  };
  if (instance !== '') stored.instance = instance;
  if (regId !== 0) stored.regId = regId;
  if (capabilities !== '') stored.capabilities = capabilities;
  if (path.length > 0) stored.path = path;
  if (userAgent !== '') stored.userAgent = userAgent;
  if (device !== '') stored.device = device;
  if (flow !== undefined) stored.flow = flow;
  return stored;
}

export function fromStored(stored: StoredBinding, time: TimeSource): Binding {
  return {
    contact: stored.contact,
    contactKey: stored.contactKey,
    callId: stored.callId,
    cseq: stored.cseq,
    q: stored.q,
    expiresAtMs: fromUtcDeadline(time, stored.expiresUtcMs, stored.grantedSec * 1_000),
    grantedSec: stored.grantedSec,
    registeredUtcMs: stored.registeredUtcMs,
    instance: stored.instance ?? '',
    regId: stored.regId ?? 0,
    capabilities: stored.capabilities ?? '',
    path: stored.path ?? [],
    userAgent: stored.userAgent ?? '',
    device: stored.device ?? '',
    nat: stored.nat,
    flow: stored.flow === undefined ? undefined : { ...stored.flow, id: 0 },
  };
}
