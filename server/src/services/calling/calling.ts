/**
 * Decides a new call: who may call whom, and where it goes. Synchronous and from in-memory views only (docs/adr/0005); the edge has said who the
 * origin is. A user reaches numbers and users of its tenant and, by a route's rule, trunks; a trunk reaches only numbers of its tenant's
 * own that are meant for the outside, within its channels. Leaves out: forwarding, groups, business hours.
 */
import type { DeviceId, TrunkId, UserId } from '#base/ids';
import {
  type CallPlan,
  type DialStep,
  type DialTarget,
  type EndCauseCode,
  endCause,
  type IncomingCall,
  type Party,
  type SentOn,
} from '#engine/calls';
import type { Device, DirectoryNumber, DirectoryViews, MediaSettings } from '#services/directory';
import type { Registrar } from '#services/registrar';
import type { OutboundChoice, Trunk, TrunkRecord } from '#services/trunks';
import { answeredByUser, answeredOutside, isCallerTold, shownToDevice, shownToTrunk } from './caller-id.ts';
import { type ChooseBindings, type ChosenDevice, chooseDevices } from './choose-devices.ts';
import { deviceWay } from './ways-to-devices.ts';

export interface CallingPorts {
  readonly directory: DirectoryViews;
  readonly registrar: Pick<Registrar, 'lookup'>;
  /** Trunks to try for a dialled number, best first. */
  readonly outbound: (tenant: IncomingCall['tenantId'], dialled: string) => readonly OutboundChoice[];
  /** What a caller's wishes make of a user's bindings; absent: they are not heard. */
  readonly choose?: ChooseBindings;
  /** Calls that use a trunk now; one that comes in by it is counted already. */
  readonly channelsInUse: (trunk: TrunkId) => number;
  /** Undefined: the trunk is up, or nothing is known of it. */
  readonly downSince: (trunk: TrunkRecord) => number | undefined;
  readonly trunk: (tenant: IncomingCall['tenantId'], trunk: TrunkId, dialled: string) => OutboundChoice | undefined;
}

export interface CallingOptions {
  readonly ports: CallingPorts;
  /** How long a user's devices ring. */
  readonly ringMs: number;
  /** How long one trunk may take before the next is tried. */
  readonly trunkRingMs: number;
  /** Of devices and trunks that have no list of their own, best first. */
  readonly codecs: readonly string[];
}

/** What of a call, or of another request, decides where it goes. */
export type Wanted = Pick<IncomingCall, 'tenantId' | 'origin' | 'from' | 'to' | 'identity' | 'wishes'>;

export interface Calling {
  decide(wanted: Wanted): CallPlan;
}

export function createCalling(options: CallingOptions): Calling {
  return { decide: (wanted) => new Decision(options, wanted).plan() };
}

class Decision {
  readonly #options: CallingOptions;
  readonly #call: Wanted;
  #sentOn: SentOn | undefined;

  constructor(options: CallingOptions, call: Wanted) {
    this.#options = options;
    this.#call = call;
  }

  plan(): CallPlan {
    const { directory } = this.#options.ports;
    const { tenantId, origin, to } = this.#call;
    const number = directory.findNumber(tenantId, to.user);
    if (origin.kind === 'trunk') return this.#fromTrunk(origin.trunkId, number?.body);
    if (number !== undefined) return this.#toDestination(number.body);
    const owner = directory.findAddress(to.user, to.host) ?? this.#ownerAtOurAddress();
    if (owner !== undefined && owner.tenant === tenantId) return this.#toUser(owner.user);
    const extension = directory.findUser(tenantId, to.user);
    if (extension !== undefined) return this.#toUser(extension.id as UserId);
    return this.#outside(this.#options.ports.outbound(tenantId, to.user));
  }

  /** A stranger by nature: it reaches numbers that are meant for the outside, and goes out again only where a number was given that right. */
  #fromTrunk(trunkId: TrunkId, number: DirectoryNumber | undefined): CallPlan {
    const own = this.#options.ports.trunk(this.#call.tenantId, trunkId, '');
    if (own !== undefined && this.#isFull(own.trunk, 1)) return refuse('channels-used-up', allChannels(own.trunk));
    if (number?.kind !== 'external') return refuse('not-found', 'not a number of ours');
    if (number.destination.to === 'trunk' && number.forwardsOutside !== true)
      return refuse('forbidden', `${number.digits} has no right to forward calls from outside to the outside`);
    return this.#toDestination(number);
  }

  /** @param own how many of its channels this very call has. */
  #isFull({ id, body }: TrunkRecord, own = 0): boolean {
    const { channelLimit } = body;
    return channelLimit > 0 && this.#options.ports.channelsInUse(id as TrunkId) - own >= channelLimit;
  }

  #ownerAtOurAddress() {
    const domain = this.#options.ports.directory.domains(this.#call.tenantId)[0]?.body.name;
    return domain === undefined ? undefined : this.#options.ports.directory.findAddress(this.#call.to.user, domain);
  }

  #toDestination({ kind, destination }: DirectoryNumber): CallPlan {
    if (destination.to === 'builtin') return { kind: 'serve', service: destination.builtin };
    // An extension is its user; any other number is another target (RFC 7044 §5, `mp`).
    if (kind !== 'extension') this.#sentOn = { party: this.#call.to };
    if (destination.to === 'user') return this.#toUser(destination.user);
    // A number of ours that leads out again was called from outside: it is forwarded.
    if (this.#call.origin.kind === 'trunk') this.#sentOn = { party: this.#call.to, cause: 302 };
    const choice = this.#options.ports.trunk(
      this.#call.tenantId,
      destination.trunk,
      destination.number ?? this.#call.to.user,
    );
    return this.#outside(choice === undefined ? [] : [choice]);
  }

  #toUser(user: UserId): CallPlan {
    const { directory, registrar, choose } = this.#options.ports;
    const aors = directory.addressesOf(this.#call.tenantId, user);
    const { tenantId, to, wishes } = this.#call;
    const bound = aors.map((aor) => ({ aor, bindings: registrar.lookup(tenantId, aor) }));
    const groups = chooseDevices(bound, wishes, choose);
    if (groups.length === 0) {
      const which = wishes === undefined ? 'no device' : 'none of the devices that the caller wishes';
      return refuse('not-registered', `${which} is registered for ${aors[0] ?? to.user}`);
    }
    const { ringMs } = this.#options;
    const targetsOf = (devices: readonly ChosenDevice[]) => devices.map((device) => this.#deviceTarget(user, device));
    const steps = groups.map((devices) => ({ targets: targetsOf(devices), ringMs }));
    return { kind: 'dial', steps };
  }

  #deviceTarget(user: UserId, { aor, ways: [binding, ...others] }: ChosenDevice): DialTarget {
    const { directory } = this.#options.ports;
    const device = directory.device(this.#call.tenantId, binding.device as DeviceId)?.body;
    const isReached = !binding.nat && binding.path.length === 0;
    const to = partyOf(aor);
    return {
      edge: 'sip',
      destination: {
        kind: 'binding',
        aor,
        ...deviceWay(binding),
        ...(others.length === 0 ? {} : { instead: others.map(deviceWay) }),
        ...(binding.device === '' ? {} : { deviceId: binding.device as DeviceId }),
      },
      to,
      ...shownToDevice(this.#call, device),
      ...(this.#isCallerTold() ? { answeredAs: answeredByUser(directory, this.#call, { user, party: to }) } : {}),
      ...this.#saidOf(),
      ...this.#ring(),
      codecs: this.#codecs(device?.codecs),
      ...(isReached ? this.#direct(device) : {}),
    };
  }

  #saidOf(): Pick<DialTarget, 'sentOn'> {
    return this.#sentOn === undefined ? {} : { sentOn: this.#sentOn };
  }

  /** How it rings for colleagues, and for calls from outside. */
  #ring(): Pick<DialTarget, 'alert'> {
    const { tenantId, origin } = this.#call;
    const { directory, trunk } = this.#options.ports;
    const { alertInternal = '', alertExternal = '' } = directory.tenant(tenantId)?.body ?? {};
    if (origin.kind === 'user') return alertInternal === '' ? {} : { alert: alertInternal };
    const alert = trunk(tenantId, origin.trunkId, '')?.trunk.body.alert || alertExternal;
    return alert === '' ? {} : { alert };
  }

  /** What the two sides' settings say; whether they reach each other is for the engine to see (docs/adr/0022). */
  #direct(called: MediaSettings | undefined): Pick<DialTarget, 'direct'> {
    const { tenantId, identity } = this.#call;
    // RFC 3323 §4.2: where its media comes from is part of what the caller hides.
    if (identity?.privacy.includes('session') === true) return {};
    const usual = this.#options.ports.directory.tenant(tenantId)?.body.media ?? 'relay';
    const calling = this.#callerSettings();
    if ((calling?.media ?? usual) !== 'direct' || (called?.media ?? usual) !== 'direct') return {};
    const [one, other] = [calling?.codecs ?? [], called?.codecs ?? []];
    const codecs =
      one.length === 0 || other.length === 0 ? [...one, ...other] : one.filter((name) => other.includes(name));
    return { direct: { codecs } };
  }

  #callerSettings(): MediaSettings | undefined {
    return this.#callerTrunk() ?? this.#callerDevice();
  }

  #callerTrunk(): Trunk | undefined {
    const { tenantId, origin } = this.#call;
    return origin.kind === 'trunk' ? this.#options.ports.trunk(tenantId, origin.trunkId, '')?.trunk.body : undefined;
  }

  #callerDevice(): Device | undefined {
    const { tenantId, origin } = this.#call;
    if (origin.kind !== 'user' || origin.deviceId === undefined) return undefined;
    return this.#options.ports.directory.device(tenantId, origin.deviceId)?.body;
  }

  #isCallerTold(): boolean {
    return isCallerTold(this.#callerTrunk(), this.#callerDevice());
  }

  #downText(trunk: TrunkRecord): string {
    const since = new Date(this.#options.ports.downSince(trunk) ?? 0).toISOString();
    return `trunk ${trunk.body.name} is down since ${since}, as it answers no OPTIONS`;
  }

  /** What the called side may speak in its own order, as far as the calling side may speak it too. */
  #codecs(called: readonly string[] | undefined): readonly string[] {
    const own = called === undefined || called.length === 0 ? this.#options.codecs : called;
    const calling = this.#callerSettings()?.codecs ?? [];
    return calling.length === 0 ? own : own.filter((name) => calling.includes(name));
  }

  #outside(choices: readonly OutboundChoice[]): CallPlan {
    if (choices.length === 0) {
      const isNumber = /^\+?[0-9*#]+$/.test(this.#call.to.user);
      return refuse(
        isNumber ? 'no-route' : 'not-found',
        `${this.#call.to.user} is no user or number here, and no route names it`,
      );
    }
    const enabled = choices.filter(({ trunk }) => trunk.body.enabled);
    if (enabled.length === 0)
      return refuse('no-route', choices.map(({ trunk }) => `trunk ${trunk.body.name} is switched off`).join('; '));
    const alive = enabled.filter(({ trunk }) => this.#options.ports.downSince(trunk) === undefined);
    if (alive.length === 0) return refuse('trunk-down', enabled.map(({ trunk }) => this.#downText(trunk)).join('; '));
    const free = alive.filter(({ trunk }) => !this.#isFull(trunk));
    if (free.length === 0) return refuse('channels-used-up', alive.map(({ trunk }) => allChannels(trunk)).join('; '));
    return { kind: 'dial', steps: free.map((choice) => this.#trunkStep(choice)) };
  }

  #trunkStep({ trunk, number }: OutboundChoice): DialStep {
    const { to } = this.#call;
    return {
      ringMs: this.#options.trunkRingMs,
      targets: [
        {
          edge: 'sip',
          destination: { kind: 'trunk', trunkId: trunk.id as TrunkId, user: number },
          to: { displayName: '', user: number, host: '' },
          ...shownToTrunk(this.#options.ports.directory, this.#call, trunk.body),
          ...(this.#isCallerTold() ? { answeredAs: answeredOutside(to) } : {}),
          ...this.#saidOf(),
          codecs: this.#codecs(trunk.body.codecs),
          ...this.#direct(trunk.body),
        },
      ],
    };
  }
}

function allChannels({ body }: TrunkRecord): string {
  return `all ${body.channelLimit} channels of trunk ${body.name} are in use`;
}

function partyOf(aor: string): Party {
  const at = aor.lastIndexOf('@');
  return { displayName: '', user: aor.slice(0, at), host: aor.slice(at + 1) };
}

function refuse(code: EndCauseCode, detail: string): CallPlan {
  return { kind: 'refuse', cause: endCause(code, { detail }) };
}
