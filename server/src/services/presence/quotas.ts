/** How many subscriptions a user and a tenant may have: each costs memory and a NOTIFY per change. */
import type { TenantId, UserId } from '#base/ids';

export interface WatchLimits {
  readonly perUser: number;
  readonly perTenant: number;
}

export class Quotas {
  readonly #limits: WatchLimits;
  readonly #counts = new Map<string, number>();

  constructor(limits: WatchLimits) {
    this.#limits = limits;
  }

  /** One more; undefined: there is no room. Returns how to give it back, once. */
  take(tenant: TenantId, user: UserId): (() => void) | undefined {
    const ofUser = `${tenant} ${user}`;
    const { perUser, perTenant } = this.#limits;
    if (this.#count(ofUser) >= perUser || this.#count(tenant) >= perTenant) return undefined;
    this.#add(ofUser, 1);
    this.#add(tenant, 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#add(ofUser, -1);
      this.#add(tenant, -1);
    };
  }

  countOf(tenant: TenantId): number {
    return this.#count(tenant);
  }

  #count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #add(key: string, change: number): void {
    const count = this.#count(key) + change;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
