/**
 * Certificates that may change while the server runs: the files are looked at now and again, and what changed is told, so that nobody has to start anew for a
 * renewal. A pair that does not fit, as while it is being copied, is reported once and looked at again; what was good stays in use.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateOptions, ensureCertificates, type ServerCertificates } from './ensure-certificates.ts';

export interface CertificateKeeperOptions extends Omit<CertificateOptions, 'nowUtcMs'> {
  readonly nowUtcMs: () => number;
}

const lookEveryMs = 10_000;
/** Our own are renewed when little of their time is left. */
const ensureEveryMs = 3_600_000;

export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  #current: ServerCertificates;
  #seen: string;
  #nextLookMs = 0;
  #nextEnsureMs = 0;
  /** Told of what is in use from now on. */
  onChanged: (certificates: ServerCertificates) => void = () => undefined;
  /** Files that cannot be used; once per change of them. */
  onUnusable: (error: unknown) => void = () => undefined;

  /** @throws AppError `certificates.unusable` */
  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#current = this.#read();
    this.#seen = this.#traits();
  }

  get current(): ServerCertificates {
    return this.#current;
  }

  /** Often. @param nowMs monotonic */
  tick(nowMs: number): void {
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + lookEveryMs;
    const traits = this.#traits();
    const isDue = nowMs >= this.#nextEnsureMs;
    if (traits === this.#seen && !isDue) return;
    this.#nextEnsureMs = nowMs + ensureEveryMs;
    try {
      this.reload();
    } catch (error) {
      if (traits !== this.#seen) this.onUnusable(error);
      this.#seen = traits;
    }
  }

  /** Now. @throws AppError `certificates.unusable`, and all stays as it was */
  reload(): ServerCertificates {
    const read = this.#read();
    const before = this.#current;
    this.#current = read;
    this.#seen = this.#traits();
    if (contentOf(before) !== contentOf(read)) this.onChanged(read);
    return read;
  }

  #read(): ServerCertificates {
    const { nowUtcMs, ...rest } = this.#options;
    return ensureCertificates({ ...rest, nowUtcMs: nowUtcMs() });
  }

  /** What changes when a file does. */
  #traits(): string {
    const { folder } = this.#options;
    return [folder, join(folder, 'domains')].map(traitsOf).join();
  }
}

function traitsOf(folder: string): string {
  try {
    return readdirSync(folder)
      .filter((file) => /\.(?:pem|key)$/.test(file))
      .map((file) => {
        const { mtimeMs, size, ino } = statSync(join(folder, file));
        return `${file} ${mtimeMs} ${size} ${ino}`;
      })
      .join();
  } catch {
    return '';
  }
}

function contentOf({ certPem, keyPem, domains }: ServerCertificates): string {
  return [certPem, keyPem, ...domains.flatMap((domain) => [domain.certPem, domain.keyPem])].join();
}
